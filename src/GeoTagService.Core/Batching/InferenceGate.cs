namespace GeoTagService.Core.Batching;

/// <summary>
/// How many native runs may be under way at once, over both lanes. On a CPU one: a run already uses every core, and two
/// runs of as many threads each take turns being preempted (docs/decisions records the measurement). First come,
/// first served, so that a busy lane cannot starve the other.
/// </summary>
internal sealed class InferenceGate(int concurrentRuns) : IDisposable
{
    private readonly SemaphoreSlim _free = new(concurrentRuns, concurrentRuns);
    private int _waiting;

    /// <summary>Threads that stand before the gate now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Blocks the calling lane thread until a run may begin.</summary>
    /// <remarks>Only the asynchronous wait of <see cref="SemaphoreSlim"/> is first come, first served.</remarks>
    public void Enter()
    {
        var turn = _free.WaitAsync();
        Interlocked.Increment(ref _waiting);
        turn.GetAwaiter().GetResult();
        Interlocked.Decrement(ref _waiting);
    }

    /// <summary>Lets the next run begin.</summary>
    public void Exit() => _free.Release();

    public void Dispose() => _free.Dispose();
}
