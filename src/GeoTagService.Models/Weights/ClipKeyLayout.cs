using GeoTagService.Models.Archives;

namespace GeoTagService.Models.Weights;

/// <summary>Where one of OpenAI's tensors lies in a file.</summary>
/// <param name="Parts">Names in the file, joined along the first dimension.</param>
/// <param name="IsTransposed">Whether the file holds the matrix the other way round.</param>
internal sealed record ClipTensorSource(IReadOnlyList<string> Parts, bool IsTransposed = false);

/// <summary>The two ways in which CLIP weights name their tensors.</summary>
internal abstract class ClipKeyLayout
{
    /// <summary>Tensors that weights may hold besides, and that no tower needs.</summary>
    private static readonly HashSet<string> Unneeded = ["logit_scale", "input_resolution", "context_length", "vocab_size", "attn_mask"];

    /// <summary>Where a tensor lies, by OpenAI's name.</summary>
    public abstract ClipTensorSource Find(string openAiName);

    /// <summary>Whether a name in the file may be passed over.</summary>
    public static bool MayIgnore(string name) => Unneeded.Contains(name) || name.EndsWith(".position_ids", StringComparison.Ordinal);

    /// <summary>The layout of an archive.</summary>
    public static ClipKeyLayout Detect(string path, ITensorArchive archive)
    {
        var names = archive.Tensors;
        if (names.ContainsKey("vision_model.embeddings.patch_embedding.weight"))
        {
            return new HuggingFaceKeys();
        }

        if (
            names.Keys.Any(name =>
                name.StartsWith("visual.layer1.", StringComparison.Ordinal) || name.StartsWith("visual.attnpool.", StringComparison.Ordinal)
            )
        )
        {
            throw new WeightsFormatException(path, "this CLIP has a ResNet photo tower (RN50 or its like); only ViT towers are read");
        }

        return names.ContainsKey("visual.conv1.weight")
            ? new OpenAiKeys()
            : throw new WeightsFormatException(
                path,
                $"these are not CLIP weights: neither OpenAI's nor Hugging Face's names (the first is '{names.Keys.FirstOrDefault()}')"
            );
    }
}

/// <summary>openai/CLIP: attention's q, k, v in one matrix, projections as [width, d].</summary>
internal sealed class OpenAiKeys : ClipKeyLayout
{
    public override ClipTensorSource Find(string openAiName) => new([openAiName]);
}

/// <summary>transformers' CLIPModel: q, k and v apart, projections as [d, width], blocks with other names.</summary>
internal sealed class HuggingFaceKeys : ClipKeyLayout
{
    // "pre_layrnorm" is how transformers spells it.
    private static readonly Dictionary<string, string> Whole = new()
    {
        ["token_embedding.weight"] = "text_model.embeddings.token_embedding.weight",
        ["positional_embedding"] = "text_model.embeddings.position_embedding.weight",
        ["ln_final.weight"] = "text_model.final_layer_norm.weight",
        ["ln_final.bias"] = "text_model.final_layer_norm.bias",
        ["visual.conv1.weight"] = "vision_model.embeddings.patch_embedding.weight",
        ["visual.class_embedding"] = "vision_model.embeddings.class_embedding",
        ["visual.positional_embedding"] = "vision_model.embeddings.position_embedding.weight",
        ["visual.ln_pre.weight"] = "vision_model.pre_layrnorm.weight",
        ["visual.ln_pre.bias"] = "vision_model.pre_layrnorm.bias",
        ["visual.ln_post.weight"] = "vision_model.post_layernorm.weight",
        ["visual.ln_post.bias"] = "vision_model.post_layernorm.bias",
    };

    private static readonly (string OpenAi, string HuggingFace)[] Inside =
    [
        ("ln_1.", "layer_norm1."),
        ("ln_2.", "layer_norm2."),
        ("attn.out_proj.", "self_attn.out_proj."),
        ("mlp.c_fc.", "mlp.fc1."),
        ("mlp.c_proj.", "mlp.fc2."),
    ];

    public override ClipTensorSource Find(string openAiName)
    {
        switch (openAiName)
        {
            case "text_projection":
                return new(["text_projection.weight"], IsTransposed: true);
            case "visual.proj":
                return new(["visual_projection.weight"], IsTransposed: true);
            default:
                return Whole.TryGetValue(openAiName, out var name) ? new([name]) : FindInBlock(openAiName);
        }
    }

    private static ClipTensorSource FindInBlock(string openAiName)
    {
        var block = openAiName
            .Replace("visual.transformer.resblocks.", "vision_model.encoder.layers.", StringComparison.Ordinal)
            .Replace("transformer.resblocks.", "text_model.encoder.layers.", StringComparison.Ordinal);
        const string joined = "attn.in_proj_";
        var at = block.IndexOf(joined, StringComparison.Ordinal);
        if (at >= 0)
        {
            var (prefix, kind) = (block[..at], block[(at + joined.Length)..]);
            return new([.. "qkv".Select(part => $"{prefix}self_attn.{part}_proj.{kind}")]);
        }

        var (openAi, huggingFace) = Inside.FirstOrDefault(pair => block.Contains(pair.OpenAi, StringComparison.Ordinal));
        return new([openAi is null ? openAiName : block.Replace(openAi, huggingFace, StringComparison.Ordinal)]);
    }
}
