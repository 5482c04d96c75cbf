using GeoTagService.Core.Bundles;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;

namespace GeoTagService.Benchmarks;

/// <summary>A bundle of ViT-B/32's geometry with random weights: as fast and as large as the real one.</summary>
internal static class RandomBundle
{
    public static void Write(string directory, string vocabulary, string heads, ClipGraphStyle style)
    {
        using var weights = new RandomClipWeights(RandomClipWeights.VitB32, seed: 1);
        BundleBuilder.Build(
            Recipe(weights, directory, vocabulary, heads, "random-vit-b32") with
            {
                Precisions = [ClipPrecision.Fp32, ClipPrecision.Int8],
                Style = style,
            }
        );
    }

    /// <summary>What bundles of random weights have in common.</summary>
    public static BundleRecipe Recipe(RandomClipWeights weights, string directory, string vocabulary, string heads, string name) =>
        new()
        {
            Clip = new ClipOpenWeights(weights, new BundleSource("random CLIP weights", null, 0, new string('0', 64))),
            VocabularyPath = vocabulary,
            HeadsDirectory = heads,
            OutputDirectory = directory,
            Name = name,
            Purpose = BundlePurpose.Demonstration,
            Precisions = [ClipPrecision.Fp32],
        };
}
