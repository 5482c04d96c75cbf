namespace GeoTagService.Core.Batching;

/// <summary>
/// Tells a burst from an overload. A short queue may always stand. Beyond it a number of items is admitted, as many as come
/// when two hundred people press the button together; when that is used up the lane has more work than it can do, and
/// only the short queue stands until it was idle once. Counted in items and not in time, so that it holds on
/// slow machines as on fast ones (docs/decisions/admission.md). Safe for many threads; a race may admit a few more.
/// </summary>
/// <param name="standing">Items that may always be queued.</param>
/// <param name="burst">Items that are admitted beyond that between two moments of rest.</param>
internal sealed class BurstAllowance(int standing, int burst)
{
    private readonly int _burst = burst;
    private int _left = burst;

    /// <summary>Whether one more item may be queued behind so many.</summary>
    public bool Admits(int ahead) => ahead < standing || Volatile.Read(ref _left) > 0;

    /// <summary>Takes note of an item that was admitted.</summary>
    /// <param name="ahead">Items before it.</param>
    /// <param name="idle">Whether the lane had nothing to do.</param>
    public void Admitted(int ahead, bool idle)
    {
        if (ahead >= standing)
        {
            Interlocked.Decrement(ref _left);
        }
        else if (idle)
        {
            Volatile.Write(ref _left, _burst);
        }
    }
}
