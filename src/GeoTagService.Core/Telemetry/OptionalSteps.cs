using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Core.Telemetry;

/// <summary>
/// Steps that make the service better and that it can do without: repacked weights, large pages, threads on cores of their
/// own. One that fails, for whatever reason, is told once, counted each time (<c>geotag.optional.failures</c>), and the service
/// goes on.
/// </summary>
public sealed partial class OptionalSteps
{
    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);
    private readonly ILogger _logger;
    private readonly TaggingMetrics? _metrics;

    /// <summary>Creates the record of failures.</summary>
    /// <param name="logger">Where they are told.</param>
    /// <param name="metrics">Where they are counted; null counts nowhere.</param>
    public OptionalSteps(ILogger logger, TaggingMetrics? metrics = null)
    {
        _logger = logger;
        _metrics = metrics;
    }

    /// <summary>Takes a step; a failure of any kind ends in the log and the count, and nowhere else.</summary>
    /// <param name="step">What it is, in a word or two: a value of the metric.</param>
    /// <param name="work">The step.</param>
    /// <returns>Whether it was taken.</returns>
    /// <exception cref="OperationCanceledException">The step was called off.</exception>
    public bool Try(string step, Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            work();
            return true;
        }
        // Of any kind: the engine, the system and the file system each have their own, and none may end the service.
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Failed(step, fault.Message);
            return false;
        }
    }

    /// <summary>Takes note of a step that failed.</summary>
    /// <param name="step">What it is.</param>
    /// <param name="reason">Why, for operators.</param>
    public void Failed(string step, string reason)
    {
        _metrics?.OptionalStepFailed(step);
        if (_told.TryAdd(step, true))
        {
            Log.NotTaken(_logger, step, reason);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3100, LogLevel.Warning, "The service goes on without {Step}: {Reason}")]
        public static partial void NotTaken(ILogger logger, string step, string reason);
    }
}
