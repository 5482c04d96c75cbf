using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Testing;

namespace GeoTagService.Onnx.Tests.Miniature;

/// <summary>The embedded bundle is small, whole, good enough by its own measured scores, and the network that was trained.</summary>
public sealed class MiniatureBundleTests(MiniatureFixture miniature) : IClassFixture<MiniatureFixture>
{
    private const long LargestBytes = 12_000_000;
    private const float Tolerance = 1e-4f;

    /// <summary>Of an embedding some 20 long. The network rounds to bytes between its convolutions: where two sums of floats differ in
    /// their last digit, a byte falls to the other side, and what follows moves with it. The engine itself sums integers.</summary>
    private const float PhotoTolerance = 0.05f;

    /// <summary>What the training framework computed: titles with ids and embeddings, and the embedding of the crop of
    /// <see cref="Pattern"/>.</summary>
    private sealed record Expected(string[] Titles, int[][] Ids, float[][] TextEmbeds, float[] ImageEmbeds);

    [Fact]
    public void Bundle_IsSmallAndForDemonstration()
    {
        Assert.Equal(BundlePurpose.Demonstration, miniature.Manifest.Purpose);
        Assert.True(miniature.Manifest.Files.Sum(file => file.Bytes) <= LargestBytes);
        Assert.Equal(24, miniature.Manifest.Heads.Count);
    }

    /// <summary>Floors of what docs/use/miniature.md states, so that a worse miniature does not slip in unseen.</summary>
    [Fact]
    public void BestHeads_ScoreBetterTheMoreTheySee()
    {
        var title = Best(Modalities.Title);
        var image = Best(Modalities.Image);
        var both = Best(Modalities.Image | Modalities.Title);
        var all = Best(Modalities.Image | Modalities.Title | Modalities.Location);

        Assert.True(title >= 0.58, $"title alone {title}");
        Assert.True(image >= 0.46, $"image alone {image}");
        Assert.True(all >= 0.70, $"all {all}");
        Assert.True(all >= Math.Max(title, image) + 0.05, $"all {all}, title {title}, image {image}");

        // On 4,000 examples the standard error is 0.007: beside photo and title the place adds little, and must not harm.
        Assert.True(all >= both - 0.01, $"all {all}, image and title {both}");
    }

    [Fact]
    public void Titles_AreTokenisedAndEncodedAsInTraining()
    {
        var expected = ReadExpected();
        var tokens = expected.Titles.Select(title => miniature.Tagger.Model.Tokenizer.Encode(title).Ids).ToArray();
        for (var i = 0; i < tokens.Length; i++)
        {
            Assert.Equal(expected.Ids[i], tokens[i].ToArray());
        }

        var width = expected.TextEmbeds[0].Length;
        var embeddings = new float[tokens.Length * width];
        miniature.Tagger.Model.Encoder.EncodeTitles(tokens, embeddings);

        AssertClose(expected.TextEmbeds.SelectMany(row => row), embeddings);
    }

    [Fact]
    public void Photo_IsEncodedAsInTraining()
    {
        var expected = ReadExpected();
        var embedding = new float[expected.ImageEmbeds.Length];
        miniature.Tagger.Model.Encoder.EncodeImages([Pattern(miniature.Tagger.Model.Encoder.Geometry.ImageSize)], embedding);

        AssertClose(expected.ImageEmbeds, embedding, PhotoTolerance);
    }

    private double Best(Modalities modalities) =>
        miniature.Manifest.Heads.Where(head => head.Modalities == modalities).Max(head => head.Metrics.ExactMatch!.Value);

    private static Expected ReadExpected() =>
        JsonSerializer.Deserialize<Expected>(
            File.ReadAllText(Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "miniature-embeddings.json")),
            JsonSerializerOptions.Web
        )!;

    /// <summary>A crop that both sides can make: byte (7 x + 13 y + 29 channel) mod 256.</summary>
    private static byte[] Pattern(int size)
    {
        var pixels = new byte[size * size * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)((7 * (i / 3 % size)) + (13 * (i / 3 / size)) + (29 * (i % 3)));
        }

        return pixels;
    }

    private static void AssertClose(IEnumerable<float> expected, float[] actual, float tolerance = Tolerance)
    {
        var worst = expected.Zip(actual).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.True(worst <= tolerance, $"largest difference {worst}");
    }
}
