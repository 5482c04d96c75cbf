using System.Diagnostics.Metrics;

namespace GeoTagService.Core.Telemetry;

/// <summary>
/// Every instrument of the service, on one meter. Methods are named after events; each returns at once while nobody
/// listens to its instrument. Durations are seconds.
/// </summary>
public sealed class TaggingMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "GeoTagService";

    /// <summary>Name of the stage that decodes, resizes and crops.</summary>
    public const string DecodeStage = "decode";

    /// <summary>Name of the stage that waits for a share of the cores to decode on.</summary>
    public const string DecodeWaitStage = "decode_wait";

    /// <summary>Name of the stage that cleans and tokenises the title.</summary>
    public const string TokenizeStage = "tokenize";

    /// <summary>Name of the stage that scores and decides.</summary>
    public const string HeadStage = "head";

    /// <summary>By code: a refusal is counted without making a text.</summary>
    private static readonly string[] Outcomes = [.. Enum.GetValues<TaggingErrorCode>().Select(code => code.ToName().Replace('-', '_'))];

    private static readonly double[] DurationBuckets =
    [
        0.0001,
        0.00025,
        0.0005,
        0.001,
        0.0025,
        0.005,
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
    ];

    private static readonly double[] SizeBuckets = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256];

    private readonly Meter _meter;
    private readonly UpDownCounter<long> _queueDepth;
    private readonly Histogram<double> _queueWait;
    private readonly Histogram<long> _batchSize;
    private readonly Histogram<double> _batchDuration;
    private readonly Histogram<double> _stageDuration;
    private readonly Histogram<double> _itemDuration;
    private readonly Counter<long> _items;
    private readonly Counter<long> _loopCrashes;
    private readonly Counter<long> _optionalFailures;
    private readonly Counter<long> _cacheLookups;
    private readonly Counter<long> _decoderEnds;
    private readonly Counter<long> _reloads;
    private volatile EncoderRuntime? _runtime;
    private volatile BundleNames? _bundle;

    /// <summary>Creates the meter and its instruments.</summary>
    public TaggingMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _meter = meters.Create(MeterName);
        _queueDepth = _meter.CreateUpDownCounter<long>("geotag.queue.depth", "{item}", "Items admitted to a lane and not yet in a batch.");
        _queueWait = _meter.CreateHistogram(
            "geotag.queue.wait",
            "s",
            "Time from a lane's door to the start of the item's batch.",
            advice: Seconds()
        );
        _batchSize = _meter.CreateHistogram(
            "geotag.batch.size",
            "{item}",
            "Items of one inference.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [.. SizeBuckets.Select(b => (long)b)] }
        );
        _batchDuration = _meter.CreateHistogram("geotag.batch.duration", "s", "Wall time of one inference.", advice: Seconds());
        _stageDuration = _meter.CreateHistogram("geotag.stage.duration", "s", "Wall time of one stage of one item.", advice: Seconds());
        _itemDuration = _meter.CreateHistogram(
            "geotag.item.duration",
            "s",
            "Wall time of one item from door to decision.",
            advice: Seconds()
        );
        _items = _meter.CreateCounter<long>("geotag.items", "{item}", "Items by outcome.");
        _loopCrashes = _meter.CreateCounter<long>("geotag.lane.crashes", "{crash}", "Crashes of a lane's own loop; each was restarted.");
        _optionalFailures = _meter.CreateCounter<long>(
            "geotag.optional.failures",
            "{failure}",
            "Steps that failed and that the service does without."
        );
        _cacheLookups = _meter.CreateCounter<long>("geotag.cache.lookups", "{lookup}", "Embedding cache look-ups by result.");
        _decoderEnds = _meter.CreateCounter<long>(
            "geotag.decoder.ends",
            "{process}",
            "Decoder processes that ended and were replaced, by how."
        );
        _reloads = _meter.CreateCounter<long>("geotag.bundle.reloads", "{reload}", "Reloads of the bundle by result.");
        _meter.CreateObservableGauge(
            "geotag.bundle.info",
            ObserveBundle,
            "{bundle}",
            "1, tagged with name, version and digest of the bundle that serves."
        );
        _meter.CreateObservableGauge(
            "geotag.encoder.info",
            ObserveRuntime,
            "{encoder}",
            "1, tagged with the active execution provider and precision."
        );
    }

    internal void QueueEntered(string lane)
    {
        if (_queueDepth.Enabled)
        {
            _queueDepth.Add(1, new KeyValuePair<string, object?>("lane", lane));
        }
    }

    internal void QueueLeft(string lane)
    {
        if (_queueDepth.Enabled)
        {
            _queueDepth.Add(-1, new KeyValuePair<string, object?>("lane", lane));
        }
    }

    internal void QueueWaited(string lane, TimeSpan wait)
    {
        if (_queueWait.Enabled)
        {
            _queueWait.Record(wait.TotalSeconds, new KeyValuePair<string, object?>("lane", lane));
        }
    }

    internal void BatchRan(string lane, int size, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("lane", lane);
        if (_batchSize.Enabled)
        {
            _batchSize.Record(size, tag);
        }

        if (_batchDuration.Enabled)
        {
            _batchDuration.Record(duration.TotalSeconds, tag);
        }
    }

    internal void LoopCrashed(string lane) => _loopCrashes.Add(1, new KeyValuePair<string, object?>("lane", lane));

    internal void OptionalStepFailed(string step) => _optionalFailures.Add(1, new KeyValuePair<string, object?>("step", step));

    internal void StageEnded(string stage, TimeSpan duration)
    {
        if (_stageDuration.Enabled)
        {
            _stageDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("stage", stage));
        }
    }

    internal void ItemSucceeded(TimeSpan duration) => ItemEnded("ok", duration);

    internal void ItemFailed(TaggingErrorCode code, TimeSpan duration) => ItemEnded(OutcomeOf(code), duration);

    internal void ItemCancelled(TimeSpan duration) => ItemEnded("cancelled", duration);

    internal void CacheLookedUp(string kind, string result)
    {
        if (_cacheLookups.Enabled)
        {
            _cacheLookups.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("result", result));
        }
    }

    /// <summary>A decoder process ended: <c>crashed</c>, <c>killed</c> (its photo took too long, or nobody waited for it any
    /// more) or <c>failed_start</c>.</summary>
    internal void DecoderEnded(string how) => _decoderEnds.Add(1, new KeyValuePair<string, object?>("how", how));

    /// <summary>A model serves from now on.</summary>
    internal void Serves(EncoderRuntime runtime, string name, string version, string digest)
    {
        _runtime = runtime;
        _bundle = new BundleNames(name, version, digest);
    }

    /// <summary>A reload ended: <c>swapped</c>, <c>unchanged</c> or <c>refused</c>.</summary>
    internal void BundleReloaded(string result) => _reloads.Add(1, new KeyValuePair<string, object?>("result", result));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>The code's stable name in snake case, as metric systems like their values.</summary>
    internal static string OutcomeOf(TaggingErrorCode code) => Outcomes[(int)code];

    private static InstrumentAdvice<double> Seconds() => new() { HistogramBucketBoundaries = DurationBuckets };

    private void ItemEnded(string outcome, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("outcome", outcome);
        _items.Add(1, tag);
        if (_itemDuration.Enabled)
        {
            _itemDuration.Record(duration.TotalSeconds, tag);
        }
    }

    private IEnumerable<Measurement<int>> ObserveBundle()
    {
        if (_bundle is { } bundle)
        {
            yield return new Measurement<int>(
                1,
                new KeyValuePair<string, object?>("name", bundle.Name),
                new KeyValuePair<string, object?>("version", bundle.Version),
                new KeyValuePair<string, object?>("digest", bundle.Digest)
            );
        }
    }

    private sealed record BundleNames(string Name, string Version, string Digest);

    private IEnumerable<Measurement<int>> ObserveRuntime()
    {
        if (_runtime is { } runtime)
        {
            yield return new Measurement<int>(
                1,
                new KeyValuePair<string, object?>("execution_provider", runtime.ExecutionProvider),
                new KeyValuePair<string, object?>("precision", runtime.Precision),
                new KeyValuePair<string, object?>("engine", runtime.Engine)
            );
        }
    }
}
