using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;

namespace GeoTagService.Training.Places;

/// <summary>
/// How many photos an encoder's expectation is worth: counts in squares that it has not seen are taken as beta-binomial around it, and
/// the strength of each tag is that under which they are most probable.
/// </summary>
internal static class ExpectationStrength
{
    private static readonly double[] Strengths = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

    // What a strength is taken for where nothing is known of it, and the spread of its logarithm.
    private const double Usual = 30;
    private const double UsualSpread = 2;

    /// <summary>Fits.</summary>
    /// <param name="squares">Photos, then tags, by square.</param>
    /// <param name="expected">Squares × tags, in the squares' order.</param>
    public static float[] Fit(IReadOnlyList<int[]> squares, float[] expected)
    {
        var strengths = new float[TagCatalog.Count];
        Parallel.For(
            0,
            TagCatalog.Count,
            tag =>
            {
                var best = double.NegativeInfinity;
                foreach (var strength in Strengths)
                {
                    var away = Math.Log(strength / Usual) / UsualSpread;
                    var likelihood = -0.5 * away * away;
                    for (var i = 0; i < squares.Count; i++)
                    {
                        var mean = Math.Clamp(expected[(i * TagCatalog.Count) + tag], 1e-6, 1 - 1e-6);
                        likelihood += LogLikelihood(squares[i][0], squares[i][1 + tag], strength * mean, strength * (1 - mean));
                    }

                    if (likelihood > best)
                    {
                        (best, strengths[tag]) = (likelihood, (float)strength);
                    }
                }
            }
        );
        return strengths;
    }

    /// <summary>Coordinates of the squares' centres.</summary>
    public static float[] Centres(IEnumerable<string> squares)
    {
        var coordinates = new List<float>();
        Span<float> place = stackalloc float[GridCoordinates.Count];
        foreach (var name in squares)
        {
            if (GridReference.TryParse(name, out var square, out _))
            {
                GridCoordinates.Write(square.Centre, place);
                coordinates.AddRange(place);
            }
        }

        return [.. coordinates];
    }

    private static double LogLikelihood(int photos, int tagged, double with, double without)
    {
        var sum = 0.0;
        for (var i = 0; i < tagged; i++)
        {
            sum += Math.Log(with + i);
        }

        for (var i = 0; i < photos - tagged; i++)
        {
            sum += Math.Log(without + i);
        }

        for (var i = 0; i < photos; i++)
        {
            sum -= Math.Log(with + without + i);
        }

        return sum;
    }
}
