using GeoTagService.Core.Bundles;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Tests.Graphs;

/// <summary>A CLIP of any geometry whose numbers depend only on a seed and the tensor's name.</summary>
internal sealed class SeededClipWeights(BundleGeometry geometry, int seed) : IClipWeights
{
    /// <summary>Two blocks a tower, small enough for the double-precision reference.</summary>
    public static BundleGeometry Tiny { get; } =
        new(
            EmbeddingDimension: 24,
            new VisionGeometry(ImageSize: 32, PatchSize: 8, Width: 32, Layers: 2, AttentionHeads: 2),
            new TextGeometry(ContextLength: 12, VocabularySize: 64, Width: 48, Layers: 2, AttentionHeads: 3)
        );

    public BundleGeometry Geometry => geometry;

    public float[] Read(string openAiName)
    {
        var hash = openAiName.Aggregate(seed, (sum, letter) => unchecked((sum * 31) + letter));
        var random = new Random(hash);
        var values = new float[Elements(openAiName)];
        var isScale = openAiName.EndsWith("weight", StringComparison.Ordinal) && openAiName.Contains("ln_", StringComparison.Ordinal);
        for (var i = 0; i < values.Length; i++)
        {
            // Large enough that attention and GELU leave their linear parts.
            values[i] = (float)((random.NextDouble() - 0.5) * 0.6) + (isScale ? 1 : 0);
        }

        return values;
    }

    public void Dispose() { }

    private int Elements(string name)
    {
        var (vision, text) = (geometry.Vision, geometry.Text);
        var grid = vision.ImageSize / vision.PatchSize;
        var width = name.StartsWith("visual.", StringComparison.Ordinal) ? vision.Width : text.Width;
        return name switch
        {
            "visual.conv1.weight" => width * 3 * vision.PatchSize * vision.PatchSize,
            "visual.positional_embedding" => ((grid * grid) + 1) * width,
            "visual.class_embedding" => width,
            "visual.proj" or "text_projection" => width * geometry.EmbeddingDimension,
            "token_embedding.weight" => text.VocabularySize * width,
            "positional_embedding" => text.ContextLength * width,
            _ when name.EndsWith("in_proj_weight", StringComparison.Ordinal) => 3 * width * width,
            _ when name.EndsWith("in_proj_bias", StringComparison.Ordinal) => 3 * width,
            _ when name.EndsWith("out_proj.weight", StringComparison.Ordinal) => width * width,
            _ when name.EndsWith("c_fc.weight", StringComparison.Ordinal) || name.EndsWith("c_proj.weight", StringComparison.Ordinal) => 4
                * width
                * width,
            _ when name.EndsWith("c_fc.bias", StringComparison.Ordinal) => 4 * width,
            _ when name.Contains("ln_", StringComparison.Ordinal) || name.EndsWith("bias", StringComparison.Ordinal) => width,
            _ => throw new KeyNotFoundException(name),
        };
    }
}
