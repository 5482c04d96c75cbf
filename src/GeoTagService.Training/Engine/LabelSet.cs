namespace GeoTagService.Training.Engine;

/// <summary>Label sets as bits, decided in logits or in probabilities alike, because their order is the same.</summary>
public static class LabelSet
{
    /// <summary>Every tag above the cut, none where none is: the rule by which the paper's authors validate.</summary>
    /// <param name="scores">One per tag, at most 64.</param>
    /// <param name="cuts">What must be exceeded, one for all tags or one per tag; for logits log(t / (1 − t)) of the
    /// threshold t.</param>
    public static ulong Above(ReadOnlySpan<float> scores, ReadOnlySpan<float> cuts)
    {
        var decided = 0UL;
        for (var tag = 0; tag < scores.Length; tag++)
        {
            if (scores[tag] > cuts[cuts.Length == 1 ? 0 : tag])
            {
                decided |= 1UL << tag;
            }
        }

        return decided;
    }

    /// <summary>The set itself, or the highest tag where it is empty (the lower row wins a tie): the rule of
    /// <c>LabelDecider</c>, which submissions and the service decide by.</summary>
    /// <param name="set">What <see cref="Above"/> gave.</param>
    /// <param name="scores">The same scores.</param>
    public static ulong OrHighest(ulong set, ReadOnlySpan<float> scores)
    {
        if (set != 0)
        {
            return set;
        }

        var best = 0;
        for (var tag = 1; tag < scores.Length; tag++)
        {
            if (scores[tag] > scores[best])
            {
                best = tag;
            }
        }

        return 1UL << best;
    }
}
