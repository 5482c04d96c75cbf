using System.Globalization;
using System.Text.Json.Serialization;

namespace GeoTagService.Training.Evaluation;

/// <summary>McNemar's test of two heads on the same photos, by exact match: do they differ by more than chance?</summary>
/// <param name="First">Name of one head.</param>
/// <param name="Second">Name of the other.</param>
/// <param name="OnlyFirst">Photos that only the first has right.</param>
/// <param name="OnlySecond">Photos that only the second has right.</param>
/// <param name="PValue">Two-sided; exact binomial below 25 discordant photos, else χ² with continuity correction.</param>
public sealed record McNemarTest(string First, string Second, int OnlyFirst, int OnlySecond, double PValue)
{
    private const int LeastForChiSquare = 25;

    /// <summary>The p-value as a reader wants it: never zero.</summary>
    [JsonIgnore]
    public string Significance => PValue < 0.0001 ? "p < 0.0001" : string.Create(CultureInfo.InvariantCulture, $"p = {PValue:0.0000}");

    /// <summary>Runs the test.</summary>
    public static McNemarTest Of(string first, ulong[] decidedFirst, string second, ulong[] decidedSecond, ulong[] labels)
    {
        ArgumentNullException.ThrowIfNull(decidedFirst);
        ArgumentNullException.ThrowIfNull(decidedSecond);
        ArgumentNullException.ThrowIfNull(labels);
        var (a, b) = (0, 0);
        for (var i = 0; i < labels.Length; i++)
        {
            var (one, two) = (decidedFirst[i] == labels[i], decidedSecond[i] == labels[i]);
            a += one && !two ? 1 : 0;
            b += two && !one ? 1 : 0;
        }

        return new McNemarTest(first, second, a, b, PValueOf(a, b));
    }

    internal static double PValueOf(int a, int b)
    {
        var n = a + b;
        if (n < LeastForChiSquare)
        {
            var (sum, term) = (0.0, Math.Pow(0.5, n));
            for (var k = 0; k <= Math.Min(a, b); k++)
            {
                sum += term;
                term *= (double)(n - k) / (k + 1);
            }

            return Math.Min(1, 2 * sum);
        }

        var statistic = Math.Max(0, Math.Abs(a - b) - 1) / Math.Sqrt(n);
        return Complement(statistic / Math.Sqrt(2));
    }

    /// <summary>erfc of a number that is not negative (Numerical Recipes' Chebyshev fit, relative error below 1.2e-7).</summary>
    private static double Complement(double x)
    {
        var t = 1 / (1 + (0.5 * x));
        double[] c =
        [
            -1.26551223,
            1.00002368,
            0.37409196,
            0.09678418,
            -0.18628806,
            0.27886807,
            -1.13520398,
            1.48851587,
            -0.82215223,
            0.17087277,
        ];
        var sum = 0.0;
        for (var i = c.Length - 1; i >= 0; i--)
        {
            sum = (sum * t) + c[i];
        }

        return t * Math.Exp(sum - (x * x));
    }
}
