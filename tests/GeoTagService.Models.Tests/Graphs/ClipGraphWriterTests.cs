using CsCheck;
using GeoTagService.Models.Graphs;

namespace GeoTagService.Models.Tests.Graphs;

public sealed class ClipGraphWriterTests : IDisposable
{
    private const int EndToken = 63;

    private readonly SeededClipWeights _weights = new(SeededClipWeights.Tiny, seed: 1);

    public void Dispose() => _weights.Dispose();

    public static TheoryData<ClipGraphStyle> Styles => [ClipGraphStyle.Plain, ClipGraphStyle.Fused];

    [Theory]
    [MemberData(nameof(Styles))]
    public void Vision_EqualsTheReference(ClipGraphStyle style)
    {
        var reference = new ReferenceClip(_weights);
        using var session = new ClipSession(ClipGraphWriter.Vision(_weights, new(style)));
        var pixels = Pixels(count: 3);

        var embeddings = session.EncodeImages(pixels, 3, 32);

        for (var i = 0; i < 3; i++)
        {
            AssertClose(reference.EncodeImage(pixels.AsSpan(i * 3072, 3072)), embeddings.AsSpan(i * 24, 24));
        }
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void Text_EqualsTheReferenceAtEveryLength(ClipGraphStyle style)
    {
        var reference = new ReferenceClip(_weights);
        using var session = new ClipSession(ClipGraphWriter.Text(_weights, EndToken, new(style)));
        for (var length = 2; length <= 12; length++)
        {
            int[] ids = [62, .. Enumerable.Range(0, length - 2).Select(i => (i * 7) % 60), EndToken];
            AssertClose(reference.EncodeTitle(ids, EndToken), session.EncodeTitles(ids));
        }
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void Text_AnswerDependsNeitherOnWidthNorOnCompany(ClipGraphStyle style)
    {
        using var session = new ClipSession(ClipGraphWriter.Text(_weights, EndToken, new(style)));
        Gen.Select(Gen.Int[0, 60].Array[0, 10], Gen.Int[0, 60].Array[0, 10])
            .Sample(
                (a, b) =>
                {
                    var width = Math.Max(a.Length, b.Length) + 2;
                    var together = session.EncodeTitles(Row(a, width), Row(b, width));
                    AssertClose(Array.ConvertAll(session.EncodeTitles(Row(a, a.Length + 2)), x => (double)x), together.AsSpan(0, 24), 1e-5);
                    AssertClose(Array.ConvertAll(session.EncodeTitles(Row(b, 12)), x => (double)x), together.AsSpan(24, 24), 1e-5);
                },
                iter: 100
            );
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void Text_PoolsTheFirstEndToken(ClipGraphStyle style)
    {
        using var session = new ClipSession(ClipGraphWriter.Text(_weights, EndToken, new(style)));
        var expected = session.EncodeTitles([62, 4, EndToken]);
        var actual = session.EncodeTitles([62, 4, EndToken, 9, 11, EndToken]);
        AssertClose(Array.ConvertAll(expected, x => (double)x), actual, 1e-5);
    }

    [Fact]
    public void SameWeights_GiveSameBytes() =>
        Assert.Equal(
            ClipGraphWriter.Text(_weights, EndToken, new()).ToBytes(),
            ClipGraphWriter.Text(new SeededClipWeights(SeededClipWeights.Tiny, seed: 1), EndToken, new()).ToBytes()
        );

    private static float[] Pixels(int count)
    {
        var pixels = new float[count * 3 * 32 * 32];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = MathF.Sin(0.01f * i);
        }

        return pixels;
    }

    private static int[] Row(int[] ids, int width)
    {
        var row = new int[width];
        row[0] = 62;
        ids.CopyTo(row, 1);
        row[ids.Length + 1] = EndToken;
        return row;
    }

    private static void AssertClose(double[] expected, ReadOnlySpan<float> actual, double tolerance = 1e-4)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], tolerance);
        }
    }
}
