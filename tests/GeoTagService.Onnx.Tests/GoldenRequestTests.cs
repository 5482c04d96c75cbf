using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Core.Hosting;
using GeoTagService.Models.Bundles;
using GeoTagService.Testing;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Onnx.Tests;

/// <summary>Whole requests against the reference implementation: photo, title and place in, probabilities out.</summary>
public sealed class GoldenRequestTests
{
    /// <summary>Pillow resizes palette images by nearest neighbour; we do better there on purpose.</summary>
    private const string PaletteImage = "o15_png_palette_320x240.png";

    /// <summary>Embeddings agree within 1e-4; a head turns that into at most as much on a probability.</summary>
    private const float Tolerance = 1e-4f;

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public async Task WholeRequests_GetTheReferencesProbabilitiesAndLabels()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var bundle = BundleBuilder.Build(
            new BundleRecipe
            {
                Clip = new ClipWeightsFile(ReferenceData.PathOf("golden", "small", "model.safetensors")),
                VocabularyPath = ReferenceData.PathOf("bpe_simple_vocab_16e6.txt.gz"),
                HeadsDirectory = ReferenceData.PathOf("heads"),
                OutputDirectory = Path.Combine(folder.Path, "bundle"),
            }
        );
        await using var tagger = await TaggerFactory.CreateAsync(
            bundle,
            OnnxClipEngineTests.Engine(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu }),
            cancellationToken: token
        );
        using var golden = JsonDocument.Parse(await File.ReadAllBytesAsync(ReferenceData.PathOf("golden", "requests.json"), token));

        var compared = 0;
        foreach (var request in golden.RootElement.GetProperty("requests").EnumerateArray())
        {
            var image = request.GetProperty("image").GetString()!;
            foreach (var expected in request.GetProperty("results").EnumerateObject())
            {
                var outcome = await tagger.Tagger.TagAsync(Input(request, image, expected.Name.Split('/')[1]), token);
                Assert.True(outcome.IsSuccess, outcome.Error?.Detail);
                if (image == PaletteImage)
                {
                    continue;
                }

                var probabilities = expected.Value.GetProperty("probs").EnumerateArray().Select(p => p.GetSingle()).ToArray();
                for (var row = 0; row < probabilities.Length; row++)
                {
                    Assert.Equal(probabilities[row], outcome.Value.Probabilities[row], Tolerance);
                }

                Assert.Equal(
                    expected.Value.GetProperty("labels").EnumerateArray().Select(label => label.GetString()).Order(StringComparer.Ordinal),
                    outcome.Value.Tags.Select(tag => tag.Tag.Id).Order(StringComparer.Ordinal)
                );
                Assert.Equal(expected.Value.GetProperty("fallback").GetBoolean(), outcome.Value.FallbackUsed);
                compared++;
            }
        }

        Assert.Equal(18, compared);
    }

    private static TagInput Input(JsonElement request, string image, string head) =>
        new()
        {
            Image = File.ReadAllBytes(ReferenceData.PathOf("golden", "images", image)),
            Title = request.GetProperty("title").GetString(),
            Latitude = Number(request, "lat"),
            Longitude = Number(request, "lon"),
            Options = new TagOptions { Head = head, ApplyOrientation = false },
        };

    private static double? Number(JsonElement request, string name) =>
        request.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;
}
