using GeoTagService.Core.Telemetry;

namespace GeoTagService.Core.Batching;

/// <summary>The places of a lane: how many items were admitted and have not reached a batch.</summary>
internal sealed class LanePlaces(int capacity)
{
    private int _taken;

    /// <summary>Places taken now.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Takes a place, or says that there is none.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= capacity)
        {
            return true;
        }

        Interlocked.Decrement(ref _taken);
        return false;
    }

    /// <summary>Gives a place back.</summary>
    public void GiveBack() => Interlocked.Decrement(ref _taken);
}

/// <summary>
/// A place in a lane, held from the door on, so that a photo still being decoded counts as queued and its later
/// submission cannot find the lane full. Disposing gives it back, once; submitting hands it to the lane.
/// </summary>
internal sealed class LanePlace : IDisposable
{
    private readonly TaggingMetrics _metrics;
    private readonly string _lane;
    private LanePlaces? _places;

    internal LanePlace(LanePlaces places, TaggingMetrics metrics, string lane)
    {
        _places = places;
        _metrics = metrics;
        _lane = lane;
    }

    /// <summary>Whether the place was given back or handed on.</summary>
    internal bool IsSpent => Volatile.Read(ref _places) is null;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _places, null) is { } places)
        {
            places.GiveBack();
            _metrics.QueueLeft(_lane);
        }
    }
}
