namespace GeoTagService.Core.Tags;

/// <summary>The tags chosen for one item.</summary>
/// <param name="Rows">Head rows, most probable first, ties by the lower row; never empty.</param>
/// <param name="FallbackUsed">Whether no tag passed its threshold, so that the single most probable was taken.</param>
public sealed record LabelDecision(IReadOnlyList<int> Rows, bool FallbackUsed);

/// <summary>Scores to labels, as the authors' submission does it.</summary>
public static class LabelDecider
{
    /// <summary>
    /// Chooses every tag whose probability is strictly above its threshold; when there is none, the single most
    /// probable tag (the lowest row wins a tie).
    /// </summary>
    /// <param name="probabilities">One per tag in head-row order, each in [0, 1]; at least one.</param>
    /// <param name="thresholds">As many, in the same order.</param>
    /// <exception cref="ArgumentException">The lengths differ or are zero.</exception>
    public static LabelDecision Decide(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> thresholds)
    {
        if (probabilities.IsEmpty || probabilities.Length != thresholds.Length)
        {
            throw new ArgumentException(
                $"{probabilities.Length} probabilities and {thresholds.Length} thresholds cannot be decided together",
                nameof(thresholds)
            );
        }

        var rows = new List<int>();
        for (var row = 0; row < probabilities.Length; row++)
        {
            if (probabilities[row] > thresholds[row])
            {
                InsertByProbability(rows, row, probabilities);
            }
        }

        if (rows.Count > 0)
        {
            return new LabelDecision(rows, FallbackUsed: false);
        }

        var best = 0;
        for (var row = 1; row < probabilities.Length; row++)
        {
            if (probabilities[row] > probabilities[best])
            {
                best = row;
            }
        }

        return new LabelDecision([best], FallbackUsed: true);
    }

    /// <summary>Rows come in ascending order, so placing each after its equals keeps ties by the lower row. Decisions
    /// hold a handful of tags: an insertion beats a sort with a captured span.</summary>
    private static void InsertByProbability(List<int> rows, int row, ReadOnlySpan<float> probabilities)
    {
        var position = rows.Count;
        while (position > 0 && probabilities[rows[position - 1]] < probabilities[row])
        {
            position--;
        }

        rows.Insert(position, row);
    }
}
