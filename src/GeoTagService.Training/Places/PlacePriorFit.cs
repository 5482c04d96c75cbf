using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Metrics;

namespace GeoTagService.Training.Places;

/// <summary>
/// Fits how much of the place's log-odds each tag's logit takes, on photos that the head did not learn from. The weight under which
/// the labels are most probable is found for all tags together and for each tag; a tag's own is drawn towards the common one by
/// how uncertain it is (random effects). Photos of one square of 100 km do not count as independent. All weights are
/// zero where the common one is not clearly above it, or where it would cost exact match.
/// </summary>
public static class PlacePriorFit
{
    private const int BlockEdge = 100_000;
    private const int Iterations = 30;

    // Below so many standard errors a weight may be chance.
    private const double Clearly = 2;

    /// <summary>Fits.</summary>
    /// <param name="logits">The head's own, photos × tags.</param>
    /// <param name="logOdds">Of the places, photos × tags; zeros where nothing is known.</param>
    /// <param name="labels">One bit per tag and photo.</param>
    /// <param name="positions">Where the photos are.</param>
    /// <param name="cuts">Logits that must be exceeded: one for all tags or one per tag.</param>
    /// <returns>A weight a tag, 0 to <see cref="BundlePlacePrior.MostWeight"/>.</returns>
    public static float[] Fit(
        float[] logits,
        float[] logOdds,
        ulong[] labels,
        IReadOnlyList<GeoPosition?> positions,
        ReadOnlySpan<float> cuts
    )
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(logOdds);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(positions);
        var blocks = BlocksOf(positions);
        var all = Enumerable.Range(0, TagCatalog.Count).ToArray();
        var common = Estimate(logits, logOdds, labels, blocks, all);
        var none = new float[TagCatalog.Count];
        if (!(common.Weight > Clearly * Math.Sqrt(common.Variance)))
        {
            return none;
        }

        var own = new (double Weight, double Variance)[TagCatalog.Count];
        Parallel.ForEach(all, tag => own[tag] = Estimate(logits, logOdds, labels, blocks, [tag]));
        var spread = Spread(own, common.Weight);
        var weights = Array.ConvertAll(own, tag => (float)Math.Clamp(Shrunk(tag, common.Weight, spread), 0, BundlePlacePrior.MostWeight));

        var taken = (float[])logits.Clone();
        Add(weights, logOdds, taken);
        return ExactMatch(taken, labels, cuts) >= ExactMatch(logits, labels, cuts) ? weights : none;
    }

    /// <summary>Adds weighted log-odds to logits.</summary>
    public static void Add(IReadOnlyList<float> weights, float[] logOdds, float[] logits)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(logOdds);
        ArgumentNullException.ThrowIfNull(logits);
        for (var i = 0; i < logits.Length; i++)
        {
            logits[i] += weights[i % weights.Count] * logOdds[i];
        }
    }

    /// <summary>Log-odds at the places of some rows.</summary>
    /// <param name="prior">What places say.</param>
    /// <param name="positions">Places of all rows.</param>
    /// <param name="rows">The rows.</param>
    public static float[] LogOddsOf(PlacePrior prior, IReadOnlyList<GeoPosition?> positions, int[] rows)
    {
        ArgumentNullException.ThrowIfNull(prior);
        ArgumentNullException.ThrowIfNull(rows);
        const int Batch = 4096;
        var logOdds = new float[rows.Length * TagCatalog.Count];
        for (var from = 0; from < rows.Length; from += Batch)
        {
            var places = rows[from..Math.Min(rows.Length, from + Batch)].Select(row => positions[row]).ToArray();
            prior.LogOdds(places, logOdds.AsSpan(from * TagCatalog.Count, places.Length * TagCatalog.Count));
        }

        return logOdds;
    }

    private static int[] BlocksOf(IReadOnlyList<GeoPosition?> positions)
    {
        var known = new Dictionary<GridReference, int>();
        return
        [
            .. positions.Select(position =>
                position is { } place && GridReference.FromPosition(place, BlockEdge) is { } square
                    ? known.TryGetValue(square, out var block)
                        ? block
                        : known[square] = known.Count
                    : -1
            ),
        ];
    }

    /// <summary>The most probable weight of some tags together, and its variance: that of independent photos, or of
    /// independent squares where that is greater.</summary>
    private static (double Weight, double Variance) Estimate(float[] logits, float[] logOdds, ulong[] labels, int[] blocks, int[] tags)
    {
        var scores = new double[Math.Max(1, blocks.DefaultIfEmpty(0).Max() + 1)];
        var weight = 0.0;
        var information = 0.0;
        for (var i = 0; i < Iterations; i++)
        {
            information = Slope(logits, logOdds, labels, blocks, tags, weight, scores);
            if (information <= 0)
            {
                return (0, double.PositiveInfinity);
            }

            var step = Math.Clamp(scores.Sum() / information, -1, 1);
            weight += step;
            if (Math.Abs(step) < 1e-5)
            {
                break;
            }
        }

        information = Slope(logits, logOdds, labels, blocks, tags, weight, scores);
        if (information <= 0)
        {
            return (0, double.PositiveInfinity);
        }

        var squares = scores.Count(score => score != 0);
        var robust = scores.Sum(score => score * score) / (information * information) * squares / Math.Max(1, squares - 1);
        return (weight, Math.Max(1 / information, robust));
    }

    /// <summary>Slope of the log likelihood by square.</summary>
    /// <returns>The curvature of all together.</returns>
    private static double Slope(float[] logits, float[] logOdds, ulong[] labels, int[] blocks, int[] tags, double weight, double[] scores)
    {
        Array.Clear(scores);
        var information = 0.0;
        for (var row = 0; row < labels.Length; row++)
        {
            if (blocks[row] < 0)
            {
                continue;
            }

            foreach (var tag in tags)
            {
                var i = (row * TagCatalog.Count) + tag;
                double added = logOdds[i];
                if (added != 0)
                {
                    var probability = 1 / (1 + Math.Exp(-logits[i] - (weight * added)));
                    scores[blocks[row]] += ((labels[row] >> tag & 1) - probability) * added;
                    information += probability * (1 - probability) * added * added;
                }
            }
        }

        return information;
    }

    /// <summary>Variance of the tags' true weights around the common one, by moments (DerSimonian and Laird 1986).</summary>
    private static double Spread((double Weight, double Variance)[] tags, double common)
    {
        var known = tags.Where(tag => double.IsFinite(tag.Variance)).ToList();
        var (one, two) = (known.Sum(tag => 1 / tag.Variance), known.Sum(tag => 1 / (tag.Variance * tag.Variance)));
        var apart = known.Sum(tag => (tag.Weight - common) * (tag.Weight - common) / tag.Variance);
        return one > two / one ? Math.Max(0, (apart - (known.Count - 1)) / (one - (two / one))) : 0;
    }

    private static double Shrunk((double Weight, double Variance) tag, double common, double spread) =>
        spread <= 0 || !double.IsFinite(tag.Variance)
            ? common
            : ((tag.Weight / tag.Variance) + (common / spread)) / ((1 / tag.Variance) + (1 / spread));

    private static double ExactMatch(float[] logits, ulong[] labels, ReadOnlySpan<float> cuts) =>
        RuleScores.Of(logits, labels, TagCatalog.Count, cuts).Threshold.ExactMatch;
}
