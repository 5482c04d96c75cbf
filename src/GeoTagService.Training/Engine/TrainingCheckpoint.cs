namespace GeoTagService.Training.Engine;

/// <summary>Everything that a run needs to go on after an epoch as if it had not stopped.</summary>
public sealed class TrainingCheckpoint
{
    private TrainingCheckpoint(
        IReadOnlyList<float[]> weights,
        IReadOnlyList<float[]> bestWeights,
        IReadOnlyList<float[]> firstMoments,
        IReadOnlyList<float[]> secondMoments,
        int steps,
        IReadOnlyList<EpochReport> epochs
    )
    {
        Weights = weights;
        BestWeights = bestWeights;
        FirstMoments = firstMoments;
        SecondMoments = secondMoments;
        Steps = steps;
        Epochs = epochs;
    }

    /// <summary>Current weights.</summary>
    public IReadOnlyList<float[]> Weights { get; }

    /// <summary>Weights of the best epoch.</summary>
    public IReadOnlyList<float[]> BestWeights { get; }

    /// <summary>The optimiser's first moments.</summary>
    public IReadOnlyList<float[]> FirstMoments { get; }

    /// <summary>The optimiser's second moments.</summary>
    public IReadOnlyList<float[]> SecondMoments { get; }

    /// <summary>The optimiser's steps.</summary>
    public int Steps { get; }

    /// <summary>Reports of the epochs done.</summary>
    public IReadOnlyList<EpochReport> Epochs { get; }

    /// <summary>Rebuilds a checkpoint that was read from a file.</summary>
    /// <param name="arrays">Weights, best weights, first and second moments, in this order, each of the head's arrays.</param>
    /// <param name="steps">The optimiser's steps.</param>
    /// <param name="epochs">Reports of the epochs done.</param>
    public static TrainingCheckpoint FromArrays(IReadOnlyList<float[]> arrays, int steps, IReadOnlyList<EpochReport> epochs)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        var each = arrays.Count / 4;
        return arrays.Count % 4 != 0 || each == 0
            ? throw new ArgumentException("a checkpoint holds four sets of arrays", nameof(arrays))
            : new TrainingCheckpoint(
                [.. arrays.Take(each)],
                [.. arrays.Skip(each).Take(each)],
                [.. arrays.Skip(2 * each).Take(each)],
                [.. arrays.Skip(3 * each)],
                steps,
                epochs
            );
    }

    internal static TrainingCheckpoint Of(
        HeadParameters current,
        AdamW optimizer,
        HeadParameters best,
        IReadOnlyList<EpochReport> epochs
    ) => new(current.Values, best.Values, optimizer.FirstMoments, optimizer.SecondMoments, optimizer.Steps, epochs);

    internal void Restore(HeadParameters current, AdamW optimizer, HeadParameters best)
    {
        Copy(Weights, current.Values);
        Copy(BestWeights, best.Values);
        Copy(FirstMoments, optimizer.FirstMoments);
        Copy(SecondMoments, optimizer.SecondMoments);
        optimizer.Steps = Steps;
    }

    private static void Copy(IReadOnlyList<float[]> from, IReadOnlyList<float[]> to)
    {
        if (from.Count != to.Count || from.Where((array, i) => array.Length != to[i].Length).Any())
        {
            throw new ArgumentException("the checkpoint is of a head of another shape");
        }

        for (var i = 0; i < to.Count; i++)
        {
            from[i].CopyTo(to[i], 0);
        }
    }
}
