using System.Numerics;

namespace GeoTagService.Training.Metrics;

/// <summary>Counts of one tag over a set of photos.</summary>
/// <param name="TruePositives">Chosen and right.</param>
/// <param name="FalsePositives">Chosen and wrong.</param>
/// <param name="FalseNegatives">Not chosen though right.</param>
public readonly record struct TagCounts(long TruePositives, long FalsePositives, long FalseNegatives)
{
    /// <summary>Photos that carry the tag.</summary>
    public long Support => TruePositives + FalseNegatives;

    /// <summary>Right among the chosen; 0 where nothing was chosen.</summary>
    public double Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    /// <summary>Chosen among the right; 0 where there is nothing to choose.</summary>
    public double Recall => Ratio(TruePositives, Support);

    /// <summary>Harmonic mean of precision and recall; 0 where neither a choice nor a right one is.</summary>
    public double F1 => Ratio(2 * TruePositives, (2 * TruePositives) + FalsePositives + FalseNegatives);

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}

/// <summary>
/// Scores of decided label sets. Conventions are scikit-learn's with zero_division = 0: macro F1 is the plain mean over
/// the tags; subset accuracy (exact match) counts photos whose whole set is right.
/// </summary>
/// <param name="ExactMatch">Subset accuracy, 0..1.</param>
/// <param name="HammingLoss">Share of single decisions that are wrong, 0..1.</param>
/// <param name="MicroF1">F1 of all decisions together, 0..1.</param>
/// <param name="MacroF1">Mean of the tags' F1, 0..1.</param>
/// <param name="PerTag">Counts by tag in head-row order.</param>
public sealed record MultiLabelScores(
    double ExactMatch,
    double HammingLoss,
    double MicroF1,
    double MacroF1,
    IReadOnlyList<TagCounts> PerTag
)
{
    /// <summary>Scores decisions against labels.</summary>
    /// <param name="decided">One bit per tag and photo.</param>
    /// <param name="labels">One bit per tag and photo, as many photos.</param>
    /// <param name="tags">Number of tags, at most 64.</param>
    public static MultiLabelScores Of(ReadOnlySpan<ulong> decided, ReadOnlySpan<ulong> labels, int tags)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(decided.Length, labels.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tags, 64);

        var truePositives = new long[tags];
        var falsePositives = new long[tags];
        var falseNegatives = new long[tags];
        long exact = 0,
            wrong = 0;
        for (var i = 0; i < decided.Length; i++)
        {
            var (choice, label) = (decided[i], labels[i]);
            var difference = choice ^ label;
            exact += difference == 0 ? 1 : 0;
            wrong += BitOperations.PopCount(difference);
            Count(choice & label, truePositives);
            Count(choice & ~label, falsePositives);
            Count(label & ~choice, falseNegatives);
        }

        var perTag = new TagCounts[tags];
        for (var tag = 0; tag < tags; tag++)
        {
            perTag[tag] = new TagCounts(truePositives[tag], falsePositives[tag], falseNegatives[tag]);
        }

        var all = new TagCounts(truePositives.Sum(), falsePositives.Sum(), falseNegatives.Sum());
        var photos = Math.Max(1, decided.Length);
        return new MultiLabelScores(
            (double)exact / photos,
            (double)wrong / ((long)photos * tags),
            all.F1,
            perTag.Average(counts => counts.F1),
            perTag
        );
    }

    private static void Count(ulong bits, long[] counts)
    {
        for (; bits != 0; bits &= bits - 1)
        {
            counts[BitOperations.TrailingZeroCount(bits)]++;
        }
    }
}
