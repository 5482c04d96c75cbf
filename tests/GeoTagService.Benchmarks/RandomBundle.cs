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
        BundleBuilder.Build(new BundleRecipe
        {
            Clip = new ClipOpenWeights(weights, new BundleSource("random CLIP weights", null, 0, new string('0', 64))),
            VocabularyPath = vocabulary,
            HeadsDirectory = heads,
            OutputDirectory = directory,
            Name = "random-vit-b32",
            Purpose = BundlePurpose.Demonstration,
            Precisions = [ClipPrecision.Fp32, ClipPrecision.Int8],
            Style = style,
        });
    }
}
