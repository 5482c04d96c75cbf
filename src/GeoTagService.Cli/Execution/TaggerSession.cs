using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tagging;
using GeoTagService.Onnx;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Cli.Execution;

/// <summary>A loaded, warmed tagger for the time of one command.</summary>
internal sealed class TaggerSession : IAsyncDisposable
{
    private const int LeastAtOnce = 32;

    private readonly ILoggerFactory _loggers;
    private readonly StandaloneTagger _tagger;

    private TaggerSession(ILoggerFactory loggers, StandaloneTagger tagger, ToolSettings settings)
    {
        _loggers = loggers;
        _tagger = tagger;
        Settings = settings;
    }

    /// <summary>The tagger.</summary>
    public PhotoTagger Tagger => _tagger.Tagger;

    /// <summary>The settings that it runs with.</summary>
    public ToolSettings Settings { get; }

    /// <summary>How many photos of a bulk run are best under way: they fill every run's batch twice over, one in the encoder and one
    /// that is being decoded.</summary>
    public int AtOnce
    {
        get
        {
            var runtime = Tagger.Model.Encoder.Runtime;
            return Math.Max(LeastAtOnce, 2 * runtime.ConcurrentRuns * (Settings.Batching.MaxBatchSize ?? runtime.PhotoBatch));
        }
    }

    /// <summary>Opens the bundle and loads it.</summary>
    public static async Task<TaggerSession> OpenAsync(string? directory, TextWriter error, CancellationToken cancellationToken)
    {
        var settings = ToolSettings.FromEnvironment();
        var bundle = BundleOption.Open(directory, settings.Tagging, error);

        // Standard output carries data, so logs go to standard error. Errors only: that "auto" found no CUDA is worth a
        // line at the start of a service, not before every photo; "cuda" fails by itself.
        var loggers = LoggerFactory.Create(logging =>
            logging
                .SetMinimumLevel(LogLevel.Error)
                .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
                .AddSimpleConsole(format => format.SingleLine = true)
        );
        try
        {
            var engine = new OnnxClipEngine(settings.Onnx, loggers.CreateLogger<OnnxClipEngine>());
            var tagger = await TaggerFactory
                .CreateAsync(
                    bundle,
                    engine,
                    settings.Tagging,
                    settings.Batching,
                    loggers,
                    decoding: settings.Decoding,
                    cancellationToken: cancellationToken
                )
                .ConfigureAwait(false);
            return new TaggerSession(loggers, tagger, settings);
        }
        catch
        {
            loggers.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _tagger.DisposeAsync().ConfigureAwait(false);
        _loggers.Dispose();
    }
}
