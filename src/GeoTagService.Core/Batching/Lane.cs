namespace GeoTagService.Core.Batching;

/// <summary>What a lane does, for <see cref="MicroBatcher{TItem, TResult}"/>.</summary>
/// <typeparam name="TItem">What waits.</typeparam>
/// <typeparam name="TResult">What each waiter gets.</typeparam>
internal sealed record Lane<TItem, TResult>
{
    /// <summary>Name in logs and metrics: <c>image</c>, <c>title</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The blocking native run: 1..<see cref="MaxBatchSize"/> items in, as many results out, in order, on the
    /// share of the machine that it is told. May throw, as a whole, for one bad item. Called from the lane's own threads.</summary>
    public required Func<IReadOnlyList<TItem>, MachineShare, TResult[]> Run { get; init; }

    /// <summary>Most items of one run.</summary>
    public required int MaxBatchSize { get; init; }

    /// <summary>How nice the lane's threads are to others: <see cref="ThreadNiceness"/>.</summary>
    public int Niceness { get; init; }

    /// <summary>Told of every run of one item that failed, and of the encoder's loss; quick, and called from the lane's own threads.
    /// </summary>
    public Action<Exception>? Failed { get; init; }

    /// <summary>Gives an item's memory back; called exactly once for every item that was submitted, when no run reads it
    /// any more. Null when items own nothing.</summary>
    public Action<TItem>? Release { get; init; }

    /// <summary>Length of an item when runs are padded to their longest; null when all items are alike.</summary>
    public Func<TItem, int>? Length { get; init; }

    /// <summary>Most items × width of a run of several, in units of <see cref="Length"/>, so that one run of long items
    /// cannot hold the machine for long; 0 for no such limit.</summary>
    public int MaxRunLength { get; init; }

    /// <summary>What one run more costs, in units of <see cref="Length"/>.</summary>
    public int RunOverhead { get; init; }

    /// <summary>Threads that run batches: as many as runs may be under way at once.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Whether more items than a batch holds are dealt out to all parts of the machine, instead of batch after batch on
    /// the whole: right where an item alone has work enough for a core.</summary>
    public bool IsDivisible { get; init; }
}

/// <summary>A waiter's result and how it came about.</summary>
/// <param name="Value">The result.</param>
/// <param name="Queue">From the lane's door to the start of the run.</param>
/// <param name="Run">Wall time of the run.</param>
/// <param name="BatchSize">Items of the run.</param>
internal sealed record Batched<TResult>(TResult Value, TimeSpan Queue, TimeSpan Run, int BatchSize);
