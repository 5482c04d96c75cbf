namespace GeoTagService.Bulk.Queue;

/// <summary>How a worker fares. Safe for many threads.</summary>
public sealed class QueueTotals
{
    private long _done;
    private long _dead;
    private long _left;
    private long _late;

    /// <summary>Answered.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>Put among the dead.</summary>
    public long Dead => Interlocked.Read(ref _dead);

    /// <summary>Left for another try.</summary>
    public long Left => Interlocked.Read(ref _left);

    /// <summary>Finished here after another worker had answered.</summary>
    public long Late => Interlocked.Read(ref _late);

    internal void CountDone() => Interlocked.Increment(ref _done);

    internal void CountDead() => Interlocked.Increment(ref _dead);

    internal void CountLeft() => Interlocked.Increment(ref _left);

    internal void CountLate() => Interlocked.Increment(ref _late);
}
