namespace GeoTagService.Core.Batching;

/// <summary>
/// How long a lane takes for a number of items, learnt from its own runs: a straight line (a fixed cost for each run and a
/// cost for each item), fitted by least squares in which older runs count exponentially less. A plain average of
/// the time an item takes would misjudge a queue, because lone items cost more than items of a full batch.
/// </summary>
internal sealed class ServiceRate
{
    /// <summary>What one new run weighs against all earlier ones: about the last twenty runs count.</summary>
    private const double Weight = 0.1;

    private const int FewestRuns = 3;

    private readonly Lock _writer = new();
    private double _meanSize,
        _meanSeconds,
        _sizeSquared,
        _sizeSeconds;
    private volatile int _runs;
    private volatile Line? _line;

    /// <summary>Whether enough was measured to refuse somebody for it: the first run after a start is slow in every way, and taken for
    /// the rule it would turn away the first burst.</summary>
    public bool IsKnown => _runs >= FewestRuns;

    /// <summary>Takes note of a run.</summary>
    /// <param name="items">Items it encoded, at least 1.</param>
    /// <param name="duration">From the moment that the lane could begin it, or was done with the run before, until its last item was
    /// done.</param>
    public void Observe(int items, TimeSpan duration)
    {
        var seconds = Math.Max(duration.TotalSeconds, 0);
        lock (_writer)
        {
            // The first few count alike, later ones fade.
            _runs = Math.Min(_runs + 1, (int)(1 / Weight));
            var weight = 1.0 / _runs;
            _meanSize += weight * (items - _meanSize);
            _meanSeconds += weight * (seconds - _meanSeconds);
            _sizeSquared += weight * (((double)items * items) - _sizeSquared);
            _sizeSeconds += weight * ((items * seconds) - _sizeSeconds);

            var variance = _sizeSquared - (_meanSize * _meanSize);
            var perItem =
                variance > 1e-3 * _meanSize * _meanSize ? (_sizeSeconds - (_meanSize * _meanSeconds)) / variance : _meanSeconds / _meanSize;
            // Noise may tilt the line beyond what is possible: neither cost can be negative.
            perItem = Math.Clamp(perItem, 0, _meanSeconds / _meanSize);
            _line = new Line(_meanSeconds - (perItem * _meanSize), perItem);
        }
    }

    /// <summary>Expected time for a number of items in runs of at most <paramref name="maxBatchSize"/>; zero while
    /// nothing was measured.</summary>
    public TimeSpan TimeFor(int items, int maxBatchSize)
    {
        if (_line is not { } line || items <= 0)
        {
            return TimeSpan.Zero;
        }

        var runs = (items + maxBatchSize - 1) / maxBatchSize;
        return TimeSpan.FromSeconds((runs * line.PerRun) + (items * line.PerItem));
    }

    private sealed record Line(double PerRun, double PerItem);
}
