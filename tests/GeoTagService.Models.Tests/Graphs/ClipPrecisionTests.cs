using GeoTagService.Models.Graphs;

namespace GeoTagService.Models.Tests.Graphs;

/// <summary>The reduced precisions: close to fp32, and never dependent on batch mates.</summary>
public sealed class ClipPrecisionTests : IDisposable
{
    private const int EndToken = 63;
    private const int Dimension = 24;
    private const int PhotoLength = 3 * 32 * 32;

    private readonly SeededClipWeights _weights = new(SeededClipWeights.Tiny, seed: 5);

    public static TheoryData<ClipGraphStyle, ClipPrecision> Variants =>
        new()
        {
            { ClipGraphStyle.Plain, ClipPrecision.Fp16 },
            { ClipGraphStyle.Fused, ClipPrecision.Fp16 },
            { ClipGraphStyle.Plain, ClipPrecision.Int8 },
            { ClipGraphStyle.Fused, ClipPrecision.Int8 },
        };

    public void Dispose() => _weights.Dispose();

    [Theory]
    [MemberData(nameof(Variants))]
    public void Photos_AreCloseToFp32(ClipGraphStyle style, ClipPrecision precision)
    {
        using var exact = new ClipSession(ClipGraphWriter.Vision(_weights, new(style)));
        using var reduced = new ClipSession(ClipGraphWriter.Vision(_weights, new(style, precision)));
        var pixels = Pixels(1, 1.7f);
        AssertClose(exact.EncodeImages(pixels, 1, 32), reduced.EncodeImages(pixels, 1, 32), precision);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Titles_AreCloseToFp32(ClipGraphStyle style, ClipPrecision precision)
    {
        using var exact = new ClipSession(ClipGraphWriter.Text(_weights, EndToken, new(style)));
        using var reduced = new ClipSession(ClipGraphWriter.Text(_weights, EndToken, new(style, precision)));
        int[] ids = [62, 5, 17, 40, 3, EndToken];
        AssertClose(exact.EncodeTitles(ids), reduced.EncodeTitles(ids), precision);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void PhotoBesideAMuchBrighterOne_KeepsItsAnswer(ClipGraphStyle style, ClipPrecision precision)
    {
        using var session = new ClipSession(ClipGraphWriter.Vision(_weights, new(style, precision)));
        var photo = Pixels(1, 0.1f);
        var alone = session.EncodeImages(photo, 1, 32);

        var together = session.EncodeImages([.. Pixels(2, 100f), .. photo], 3, 32);

        for (var i = 0; i < Dimension; i++)
        {
            Assert.Equal(alone[i], together[(2 * Dimension) + i], 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void TitleBesideALongerOne_KeepsItsAnswer(ClipGraphStyle style, ClipPrecision precision)
    {
        using var session = new ClipSession(ClipGraphWriter.Text(_weights, EndToken, new(style, precision)));
        var alone = session.EncodeTitles([62, 9, EndToken]);

        var together = session.EncodeTitles([62, 9, EndToken, 0, 0, 0, 0, 0], [62, 1, 2, 3, 4, 5, 6, EndToken]);

        for (var i = 0; i < Dimension; i++)
        {
            Assert.Equal(alone[i], together[i], 1e-5);
        }
    }

    [Fact]
    public void QuantizedColumns_AreWithinHalfAStepOfTheirOwnScale()
    {
        float[] matrix = [1, -200, 0, 0.5f, 100, 0, -0.25f, 3, 0];
        var (values, scales) = LinearGraph.QuantizeColumns(matrix, columns: 3);
        Assert.Equal([1f / 127, 200f / 127, 0], scales);
        for (var i = 0; i < matrix.Length; i++)
        {
            Assert.InRange(values[i] * scales[i % 3], matrix[i] - (scales[i % 3] / 2), matrix[i] + (scales[i % 3] / 2));
        }
    }

    private static float[] Pixels(int count, float size)
    {
        var pixels = new float[count * PhotoLength];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = size * MathF.Sin(0.013f * i);
        }

        return pixels;
    }

    private static void AssertClose(float[] expected, float[] actual, ClipPrecision precision)
    {
        double difference = 0,
            length = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow(expected[i] - actual[i], 2);
            length += Math.Pow(expected[i], 2);
        }

        // Not equal either: a variant that changes nothing is not the variant.
        Assert.InRange(Math.Sqrt(difference / length), 1e-6, precision == ClipPrecision.Fp16 ? 0.005 : 0.06);
    }
}
