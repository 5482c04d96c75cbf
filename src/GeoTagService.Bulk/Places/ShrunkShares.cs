using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;

namespace GeoTagService.Bulk.Places;

/// <summary>
/// Expected shares of tags by square, shrunk towards the square's neighbours and the coarser square around it. For each tag and
/// each edge the counts are taken as beta-binomial: the prior's mean is that of the coarser square without this one, to which the eight
/// neighbours' counts are added at a discount; strength and discount are those under which the observed counts are most
/// probable (empirical Bayes). A square with many photos keeps its own share; one with few takes over what lies around.
/// </summary>
public sealed class ShrunkShares
{
    // Photos that the prior is worth, and what a neighbour's photo counts beside one's own.
    private static readonly double[] Strengths = [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096];
    private static readonly double[] Discounts = [0, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

    // More squares settle two numbers no better.
    private const int MostFitted = 4_000;
    private const double Least = 1e-6;

    // Share of a tag of which nothing is known: a photo carries one or two of 49.
    private const double RareTag = 0.03;

    // What a strength is taken for where nothing is known of it, and the spread of its logarithm.
    private const double UsualStrength = 8;
    private const double UsualSpread = 1.5;

    private readonly SquarePyramid _pyramid;
    private readonly double[,] _strength = new double[SquarePyramid.Edges.Count, TagCatalog.Count];
    private readonly double[,] _discount = new double[SquarePyramid.Edges.Count, TagCatalog.Count];

    /// <summary>Fits the priors.</summary>
    /// <param name="pyramid">The counts.</param>
    /// <param name="finest">Position of the finest edge that is asked for.</param>
    /// <param name="seed">Draws the squares that are fitted on, where there are many.</param>
    public ShrunkShares(SquarePyramid pyramid, int finest, int seed = 42)
    {
        _pyramid = pyramid;
        for (var level = 0; level <= finest; level++)
        {
            Fit(level, seed);
        }
    }

    /// <summary>Photos that the prior of a tag is worth, without neighbours.</summary>
    public double Strength(int level, int tag) => _strength[level, tag];

    /// <summary>What a neighbour's photo counts beside one's own, 0 to 1.</summary>
    public double Discount(int level, int tag) => _discount[level, tag];

    /// <summary>What is expected of a square, with or without photos of its own.</summary>
    public SquareShares Of(GridReference square)
    {
        var level = LevelOf(square);
        var own = _pyramid[level].GetValueOrDefault(square);
        var share = new double[TagCatalog.Count];
        var deviation = new double[TagCatalog.Count];
        var (weight, doubt) = (0.0, 0.0);
        var around = Neighbours(level, square);
        for (var tag = 0; tag < share.Length; tag++)
        {
            var (mean, strength) = Prior(level, square, tag, own, around);
            var photos = own?.Photos ?? 0;
            var total = photos + strength;
            share[tag] = ((own?.Tags[tag] ?? 0) + (strength * mean)) / total;
            deviation[tag] = Math.Sqrt(share[tag] * (1 - share[tag]) / (total + 1));
            // Tags that are all but certain to be absent say nothing of how well the square is known.
            var open = share[tag] * (1 - share[tag]);
            weight += open * photos / total;
            doubt += open;
        }

        return new SquareShares(square, own?.Photos ?? 0, share, deviation, weight / doubt);
    }

    private static int LevelOf(GridReference square)
    {
        for (var level = 0; level < SquarePyramid.Edges.Count; level++)
        {
            if (SquarePyramid.Edges[level] == square.Precision)
            {
                return level;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(square), square.Precision, "squares have 100, 10 or 1 km");
    }

    private void Fit(int level, int seed)
    {
        var squares = _pyramid[level].Keys.OrderBy(square => square.ToString(), StringComparer.Ordinal).ToArray();
        new Random(seed).Shuffle(squares);
        var fitted = squares.AsMemory(0, Math.Min(squares.Length, MostFitted)).ToArray();
        var around = Array.ConvertAll(fitted, square => Neighbours(level, square));
        Parallel.For(
            0,
            TagCatalog.Count,
            tag =>
            {
                var means = new double[fitted.Length];
                for (var i = 0; i < fitted.Length; i++)
                {
                    means[i] = MeanAbove(level, fitted[i], tag, _pyramid[level][fitted[i]]);
                }

                var best = double.NegativeInfinity;
                foreach (var strength in Strengths)
                {
                    foreach (var discount in Discounts)
                    {
                        // Few squares settle nothing; then a prior is worth some photos.
                        var away = Math.Log(strength / UsualStrength) / UsualSpread;
                        var likelihood = -0.5 * away * away;
                        for (var i = 0; i < fitted.Length; i++)
                        {
                            likelihood += LogLikelihood(_pyramid[level][fitted[i]], around[i], tag, means[i], strength, discount);
                        }

                        if (likelihood > best)
                        {
                            (best, _strength[level, tag], _discount[level, tag]) = (likelihood, strength, discount);
                        }
                    }
                }
            }
        );
    }

    /// <summary>How probable a square's counts are, but for a factor that does not depend on the prior.</summary>
    private static double LogLikelihood(TagCounts own, TagCounts around, int tag, double above, double strength, double discount)
    {
        var (mean, total) = Mix(above, strength, around, tag, discount);
        var (with, without) = (own.Tags[tag], own.Photos - own.Tags[tag]);
        var (a, b) = (total * mean, total * (1 - mean));
        return LogGamma(with + a) - LogGamma(a) + LogGamma(without + b) - LogGamma(b) + LogGamma(total) - LogGamma(own.Photos + total);
    }

    private static (double Mean, double Strength) Mix(double above, double strength, TagCounts around, int tag, double discount)
    {
        var total = strength + (discount * around.Photos);
        return (Math.Clamp(((strength * above) + (discount * around.Tags[tag])) / total, Least, 1 - Least), total);
    }

    /// <summary>Mean and strength of a square's prior.</summary>
    private (double Mean, double Strength) Prior(int level, GridReference square, int tag, TagCounts? without, TagCounts around) =>
        Mix(MeanAbove(level, square, tag, without), _strength[level, tag], around, tag, _discount[level, tag]);

    /// <summary>What the coarser square leads to expect, if some photos inside it were not there.</summary>
    private double MeanAbove(int level, GridReference square, int tag, TagCounts? without)
    {
        var (tags, photos) = (without?.Tags[tag] ?? 0, without?.Photos ?? 0);
        if (level == 0)
        {
            var others = _pyramid.All.Photos - photos;
            return Math.Clamp((Math.Max(0, _pyramid.All.Tags[tag] - tags) + RareTag) / (others + 1), Least, 1 - Least);
        }

        var above = square.Within(SquarePyramid.Edges[level - 1]);
        var own = _pyramid[level - 1].GetValueOrDefault(above);
        var (mean, strength) = Prior(level - 1, above, tag, without, Neighbours(level - 1, above));
        return Math.Clamp(
            (Math.Max(0, (own?.Tags[tag] ?? 0) - tags) + (strength * mean)) / (Math.Max(0, (own?.Photos ?? 0) - photos) + strength),
            Least,
            1 - Least
        );
    }

    private readonly System.Collections.Concurrent.ConcurrentDictionary<GridReference, TagCounts> _around = new();

    /// <summary>The counts of the eight squares around one.</summary>
    private TagCounts Neighbours(int level, GridReference square) =>
        _around.GetOrAdd(
            square,
            centre =>
            {
                var sum = new TagCounts();
                for (var east = -1; east <= 1; east++)
                {
                    for (var north = -1; north <= 1; north++)
                    {
                        if (
                            (east, north) != (0, 0)
                            && centre.Neighbour(east, north) is { } neighbour
                            && _pyramid[level].TryGetValue(neighbour, out var counts)
                        )
                        {
                            sum.Add(counts);
                        }
                    }
                }

                return sum;
            }
        );

    /// <summary>ln Γ(x) for x above 0, to about 1e-10 (Stirling's series, after x was moved beyond 8).</summary>
    private static double LogGamma(double x)
    {
        var shift = 0.0;
        while (x < 8)
        {
            shift -= Math.Log(x);
            x++;
        }

        var inverse = 1 / (x * x);
        var series = ((((((-inverse / 1680) + (1.0 / 1260)) * inverse) - (1.0 / 360)) * inverse) + (1.0 / 12)) / x;
        return shift + ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + series;
    }
}

/// <summary>What is expected of a square.</summary>
/// <param name="Square">The square.</param>
/// <param name="Photos">Photos in it.</param>
/// <param name="Share">Expected share of photos with each tag, in head-row order, 0..1.</param>
/// <param name="Deviation">Standard deviation of each share.</param>
/// <param name="OwnWeight">How much of the expectation comes from the square's own photos, 0..1: the mean over the tags, each
/// by its variance.</param>
public sealed record SquareShares(GridReference Square, double Photos, double[] Share, double[] Deviation, double OwnWeight)
{
    /// <summary>Whether less than half of what is expected comes from photos of the square itself.</summary>
    public bool IsSparse => OwnWeight < 0.5;
}
