using GeoTagService.Training.Engine;

namespace GeoTagService.Training.Calibration;

/// <summary>
/// Calibrates probabilities by one temperature per tag (Guo et al. 2017, per class): logits are divided by it. The order
/// of a tag's photos stays, and a decision at 0.5 too; the factor goes into the last layer, so that the head stays a
/// plain one.
/// </summary>
public static class TemperatureCalibration
{
    private const double Coldest = 0.2;
    private const double Hottest = 5;
    private const int Steps = 40;

    /// <summary>Finds the temperatures of least cross-entropy, each in [0.2, 5]; 1 for a tag without any positive.</summary>
    /// <param name="logits">rows × tags.</param>
    /// <param name="labels">One bit per tag and row.</param>
    /// <param name="tags">Number of tags.</param>
    public static float[] Fit(float[] logits, ulong[] labels, int tags)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        var temperatures = new float[tags];
        Parallel.For(
            0,
            tags,
            tag =>
            {
                temperatures[tag] = labels.Any(set => (set >> tag & 1) != 0)
                    ? (float)Math.Exp(-GoldenSection(scale => Loss(logits, labels, tags, tag, Math.Exp(scale))))
                    : 1;
            }
        );
        return temperatures;
    }

    /// <summary>Divides logits in place.</summary>
    public static void Apply(Span<float> logits, ReadOnlySpan<float> temperatures)
    {
        for (var i = 0; i < logits.Length; i++)
        {
            logits[i] /= temperatures[i % temperatures.Length];
        }
    }

    /// <summary>Divides the last layer of a head.</summary>
    public static void Apply(HeadParameters parameters, ReadOnlySpan<float> temperatures)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var (weight, bias) = (parameters.Values[^2], parameters.Values[^1]);
        var width = weight.Length / bias.Length;
        for (var tag = 0; tag < bias.Length; tag++)
        {
            bias[tag] /= temperatures[tag];
            foreach (ref var value in weight.AsSpan(tag * width, width))
            {
                value /= temperatures[tag];
            }
        }
    }

    private static double Loss(float[] logits, ulong[] labels, int tags, int tag, double scale)
    {
        var sum = 0.0;
        for (var row = 0; row < labels.Length; row++)
        {
            var z = logits[(row * tags) + tag] * scale;
            sum += Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z))) - ((labels[row] >> tag & 1) != 0 ? z : 0);
        }

        return sum;
    }

    /// <summary>The loss is convex in the scale, so it has one valley in its logarithm too.</summary>
    private static double GoldenSection(Func<double, double> loss)
    {
        var ratio = (Math.Sqrt(5) - 1) / 2;
        var (low, high) = (Math.Log(1 / Hottest), Math.Log(1 / Coldest));
        var (a, b) = (high - (ratio * (high - low)), low + (ratio * (high - low)));
        var (lossA, lossB) = (loss(a), loss(b));
        for (var i = 0; i < Steps && high - low > 1e-4; i++)
        {
            if (lossA < lossB)
            {
                (high, b, lossB) = (b, a, lossA);
                a = high - (ratio * (high - low));
                lossA = loss(a);
            }
            else
            {
                (low, a, lossA) = (a, b, lossB);
                b = low + (ratio * (high - low));
                lossB = loss(b);
            }
        }

        return (low + high) / 2;
    }
}
