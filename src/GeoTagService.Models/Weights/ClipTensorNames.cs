using System.Globalization;
using GeoTagService.Core.Bundles;

namespace GeoTagService.Models.Weights;

/// <summary>Every tensor of a CLIP with a ViT photo tower, by OpenAI's names, with its shape (openai/CLIP, model.py).</summary>
internal static class ClipTensorNames
{
    /// <summary>Prefix of the photo tower's names; the title tower has none.</summary>
    public const string Vision = "visual.";

    /// <summary>Names and shapes for a geometry, in a fixed order.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Of(BundleGeometry geometry)
    {
        var (vision, text) = (geometry.Vision, geometry.Text);
        long grid = vision.ImageSize / vision.PatchSize;
        yield return ("visual.conv1.weight", [vision.Width, 3, vision.PatchSize, vision.PatchSize]);
        yield return ("visual.class_embedding", [vision.Width]);
        yield return ("visual.positional_embedding", [(grid * grid) + 1, vision.Width]);
        foreach (
            var tensor in Norm("visual.ln_pre", vision.Width)
                .Concat(Blocks(Vision, vision.Width, vision.Layers))
                .Concat(Norm("visual.ln_post", vision.Width))
        )
        {
            yield return tensor;
        }

        yield return ("visual.proj", [vision.Width, geometry.EmbeddingDimension]);
        yield return ("token_embedding.weight", [text.VocabularySize, text.Width]);
        yield return ("positional_embedding", [text.ContextLength, text.Width]);
        foreach (var tensor in Blocks(string.Empty, text.Width, text.Layers).Concat(Norm("ln_final", text.Width)))
        {
            yield return tensor;
        }

        yield return ("text_projection", [text.Width, geometry.EmbeddingDimension]);
    }

    /// <summary>Prefix of one block's names.</summary>
    /// <param name="tower"><see cref="Vision"/> or empty.</param>
    /// <param name="layer">0-based.</param>
    public static string Block(string tower, int layer) =>
        string.Create(CultureInfo.InvariantCulture, $"{tower}transformer.resblocks.{layer}.");

    private static IEnumerable<(string Name, long[] Shape)> Blocks(string tower, long width, int layers) =>
        Enumerable.Range(0, layers).SelectMany(layer => BlockTensors(Block(tower, layer), width));

    private static IEnumerable<(string Name, long[] Shape)> BlockTensors(string block, long width) =>
        [
            .. Norm(block + "ln_1", width),
            (block + "attn.in_proj_weight", [3 * width, width]),
            (block + "attn.in_proj_bias", [3 * width]),
            (block + "attn.out_proj.weight", [width, width]),
            (block + "attn.out_proj.bias", [width]),
            .. Norm(block + "ln_2", width),
            (block + "mlp.c_fc.weight", [4 * width, width]),
            (block + "mlp.c_fc.bias", [4 * width]),
            (block + "mlp.c_proj.weight", [width, 4 * width]),
            (block + "mlp.c_proj.bias", [width]),
        ];

    private static IEnumerable<(string Name, long[] Shape)> Norm(string name, long width) =>
        [(name + ".weight", [width]), (name + ".bias", [width])];
}
