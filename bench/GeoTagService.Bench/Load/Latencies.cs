using HdrHistogram;

namespace GeoTagService.Bench.Load;

/// <summary>Latencies of many requests, to three significant digits from a microsecond to an hour; safe for many threads.</summary>
internal sealed class Latencies
{
    private const long Highest = 3_600_000_000;
    private const int SignificantDigits = 3;

    private readonly LongConcurrentHistogram _microseconds = new(1, Highest, SignificantDigits);

    /// <summary>Adds one.</summary>
    public void Add(TimeSpan latency) => _microseconds.RecordValue(Math.Clamp((long)latency.TotalMicroseconds, 1, Highest));

    /// <summary>How many there are, and their percentiles.</summary>
    public LatencySummary Summarize() =>
        _microseconds.TotalCount == 0
            ? new LatencySummary(0, 0, 0, 0, 0, 0)
            : new LatencySummary(
                _microseconds.TotalCount,
                Milliseconds(_microseconds.GetMean()),
                At(50),
                At(95),
                At(99),
                Milliseconds(_microseconds.GetMaxValue())
            );

    private double At(double percentile)
    {
        // The histogram rounds the rank to the nearest request; with few of them that would flatter.
        var count = _microseconds.TotalCount;
        var rank = Math.Ceiling((percentile / 100 * count) - 1e-9);
        return Milliseconds(_microseconds.GetValueAtPercentile(100 * rank / count));
    }

    private static double Milliseconds(double microseconds) => Math.Round(microseconds / 1000, 3);
}

/// <summary>Percentiles, in milliseconds.</summary>
/// <param name="Count">Requests.</param>
/// <param name="Mean">Mean.</param>
/// <param name="P50">Median.</param>
/// <param name="P95">95th percentile.</param>
/// <param name="P99">99th percentile.</param>
/// <param name="Max">The longest.</param>
public sealed record LatencySummary(long Count, double Mean, double P50, double P95, double P99, double Max);
