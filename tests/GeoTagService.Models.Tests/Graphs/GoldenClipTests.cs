using System.Text.Json;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;
using GeoTagService.Testing;

namespace GeoTagService.Models.Tests.Graphs;

/// <summary>Converted towers against the reference implementation's embeddings.</summary>
public sealed class GoldenClipTests
{
    private const double Tolerance = 1e-4;

    private static readonly float[] Mean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] Std = [0.26862954f, 0.26130258f, 0.27577711f];

    [Theory]
    [InlineData(ClipGraphStyle.Plain)]
    [InlineData(ClipGraphStyle.Fused)]
    public void SmallNetworksPhotos_EqualTheReference(ClipGraphStyle style)
    {
        Assert.SkipUnless(ReferenceData.IsAvailable, ReferenceData.SkipReason);
        using var weights = ClipWeights.Open(ReferenceData.PathOf("golden", "small", "model.safetensors"));
        using var session = new ClipSession(ClipGraphWriter.Vision(weights, new(style)));
        var expected = NpyReader.ReadFloats(ReferenceData.PathOf("golden", "embeds", "small_image.npy"));
        var crops = Crops();
        Assert.Equal(expected.Shape[0], crops.Count);

        var pixels = crops.SelectMany(Normalise).ToArray();

        AssertClose(expected.Values, session.EncodeImages(pixels, crops.Count, 224));
    }

    [Theory]
    [InlineData(ClipGraphStyle.Plain)]
    [InlineData(ClipGraphStyle.Fused)]
    public void SmallNetworksTitles_EqualTheReferenceAtAnyWidth(ClipGraphStyle style)
    {
        Assert.SkipUnless(ReferenceData.IsAvailable, ReferenceData.SkipReason);
        using var weights = ClipWeights.Open(ReferenceData.PathOf("golden", "small", "model.safetensors"));
        using var session = new ClipSession(ClipGraphWriter.Text(weights, 49407, new(style)));
        var expected = NpyReader.ReadFloats(ReferenceData.PathOf("golden", "embeds", "small_text.npy"));
        var titles = Titles();
        Assert.Equal(expected.Shape[0], titles.Count);

        var longest = titles.Max(ids => ids.Length);
        foreach (var width in new[] { longest, 77 })
        {
            AssertClose(expected.Values, session.EncodeTitles([.. titles.Select(ids => Padded(ids, width))]));
        }

        for (var i = 0; i < titles.Count; i++)
        {
            AssertClose(expected.Row(i), session.EncodeTitles(titles[i]));
        }
    }

    [Theory]
    [InlineData("openai-torchscript.pt")]
    [InlineData("pytorch_model.bin")]
    [InlineData("openai.safetensors")]
    [InlineData("huggingface.safetensors")]
    public void EveryLayoutOfWeights_EqualsTheReference(string file)
    {
        Assert.SkipUnless(ReferenceData.IsAvailable, ReferenceData.SkipReason);
        using var weights = ClipWeights.Open(ReferenceData.PathOf("golden", "layouts", file));
        using var expected = JsonDocument.Parse(File.ReadAllBytes(ReferenceData.PathOf("golden", "layouts", "expected.json")));
        using var vision = new ClipSession(ClipGraphWriter.Vision(weights, new()));
        using var text = new ClipSession(ClipGraphWriter.Text(weights, 1023, new()));
        var pixels = new float[2 * 3 * 224 * 224];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (float)Math.Sin(0.01 * i);
        }

        AssertClose(Rows(expected, "image_embeds").SelectMany(row => row).ToArray(), vision.EncodeImages(pixels, 2, 224));
        var ids = Rows(expected, "input_ids").Select(row => Array.ConvertAll(row, id => (int)id)).ToList();
        var titles = Rows(expected, "text_embeds").ToList();
        for (var i = 0; i < ids.Count; i++)
        {
            AssertClose(titles[i], text.EncodeTitles(ids[i]));
        }
    }

    private static List<byte[]> Crops()
    {
        using var index = JsonDocument.Parse(File.ReadAllBytes(ReferenceData.PathOf("golden", "images.json")));
        var root = index.RootElement.ValueKind == JsonValueKind.Array ? index.RootElement : index.RootElement.GetProperty("images");
        return [.. root.EnumerateArray().Select(image => NpyReader.ReadBytes(ReferenceData.PathOf("golden", CropOf(image))).Values)];
    }

    private static string CropOf(JsonElement image) => image.GetProperty("crop").GetString()!;

    private static IEnumerable<float> Normalise(byte[] crop)
    {
        for (var channel = 0; channel < 3; channel++)
        {
            for (var i = channel; i < crop.Length; i += 3)
            {
                yield return ((crop[i] / 255f) - Mean[channel]) / Std[channel];
            }
        }
    }

    private static List<int[]> Titles()
    {
        using var titles = JsonDocument.Parse(File.ReadAllBytes(ReferenceData.PathOf("golden", "titles.json")));
        var root = titles.RootElement.ValueKind == JsonValueKind.Array ? titles.RootElement : titles.RootElement.GetProperty("titles");
        return [.. root.EnumerateArray().Select(title => title.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray())];
    }

    private static int[] Padded(int[] ids, int width)
    {
        var row = new int[width];
        ids.CopyTo(row, 0);
        return row;
    }

    private static IEnumerable<float[]> Rows(JsonDocument document, string name) =>
        document
            .RootElement.GetProperty(name)
            .EnumerateArray()
            .Select(row => row.EnumerateArray().Select(value => value.GetSingle()).ToArray());

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], Tolerance);
        }
    }
}
