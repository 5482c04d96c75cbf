using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Onnx;

/// <summary>
/// ONNX Runtime's own log lines, as lines of ours. It has one environment a process, made once, with one place to write to; so
/// has this: where several engines live in one process, its lines go to the newest one's log.
/// </summary>
internal static partial class EngineLog
{
    private static readonly Lock Creation = new();

    // Held for as long as the process lives: native code calls it.
    private static readonly DOrtLoggingFunction Callback = Write;

    private static volatile ILogger s_logger = NullLogger.Instance;

    [ThreadStatic]
    private static List<string>? s_heard;

    [ThreadStatic]
    private static bool s_isMute;

    /// <summary>Has ONNX Runtime log here from now on; comes before anything else of it is used.</summary>
    public static void WriteTo(ILogger logger)
    {
        s_logger = logger;
        lock (Creation)
        {
            if (!OrtEnv.IsCreated)
            {
                var options = new EnvironmentCreationOptions
                {
                    logId = "onnxruntime",
                    logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
                    loggingFunction = Callback,
                };
                OrtEnv.CreateInstanceWithOptions(ref options);
            }
        }
    }

    /// <summary>Does something, and hears what ONNX Runtime says meanwhile on this thread. Nothing of it is logged but warnings
    /// and errors, and these only unless it is muted.</summary>
    public static IReadOnlyList<string> Hear(Action action, bool mute = false)
    {
        var heard = s_heard = [];
        s_isMute = mute;
        try
        {
            action();
            return heard;
        }
        finally
        {
            s_heard = null;
        }
    }

    private static void Write(nint parameter, OrtLoggingLevel severity, string category, string logId, string location, string message)
    {
        s_heard?.Add(message);
        var level = severity switch
        {
            OrtLoggingLevel.ORT_LOGGING_LEVEL_VERBOSE => LogLevel.Trace,
            OrtLoggingLevel.ORT_LOGGING_LEVEL_INFO => LogLevel.Debug,
            OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING => LogLevel.Warning,
            _ => LogLevel.Error,
        };
        if (s_heard is null || (level >= LogLevel.Warning && !s_isMute))
        {
            Log.Said(s_logger, level, message, location);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2007, Message = "ONNX Runtime: {Line} ({Location})")]
        public static partial void Said(ILogger logger, LogLevel level, string line, string location);
    }
}
