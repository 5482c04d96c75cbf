using System.Collections.Concurrent;
using Serilog.Core;
using Serilog.Events;

namespace GeoTagService.Api.FunctionalTests;

/// <summary>Everything that the service logged.</summary>
internal sealed class CollectedLog : ILogEventSink
{
    private readonly ConcurrentQueue<LogEvent> _events = new();

    public IReadOnlyList<LogEvent> Events => [.. _events];

    /// <summary>What was logged, message and properties together, from a level on.</summary>
    public IReadOnlyList<string> Lines(LogEventLevel from = LogEventLevel.Information) =>
        [
            .. _events
                .Where(e => e.Level >= from)
                .Select(e =>
                    $"{e.RenderMessage()} {string.Join(' ', e.Properties)} {e.Exception}".Replace("\"", "", StringComparison.Ordinal)
                ),
        ];

    public void Emit(LogEvent logEvent) => _events.Enqueue(logEvent);
}
