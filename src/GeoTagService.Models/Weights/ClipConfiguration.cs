using System.Text.Json;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Archives;

namespace GeoTagService.Models.Weights;

/// <summary>
/// What a <c>config.json</c> beside weights adds to their shapes: the number of attention heads, which no shape shows.
/// Transformers' layout (<c>vision_config</c>, <c>text_config</c>) and the flat one (<c>vision_heads</c>,
/// <c>transformer_heads</c>) are read.
/// </summary>
internal sealed record ClipConfiguration(int? VisionHeads, int? TextHeads)
{
    private const string FileName = "config.json";
    private const double LayerNormEpsilon = 1e-5;

    /// <summary>Width of an attention head in every CLIP that OpenAI published.</summary>
    private const int HeadWidth = 64;

    private static readonly HashSet<string> VisionKeys = ["num_attention_heads", "vision_heads"];
    private static readonly HashSet<string> TextKeys = ["num_attention_heads", "transformer_heads"];

    /// <summary>Reads the file beside the weights; empty where there is none.</summary>
    public static ClipConfiguration Beside(string weightsPath)
    {
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(weightsPath))!, FileName);
        if (!File.Exists(path))
        {
            return new ClipConfiguration(null, null);
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            var vision = Section(root, "vision_config");
            var text = Section(root, "text_config");
            foreach (var section in new[] { root, vision, text })
            {
                CheckConstants(path, section);
            }

            return new ClipConfiguration(Heads(path, vision, VisionKeys), Heads(path, text, TextKeys));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new WeightsFormatException($"{FileName} beside the weights cannot be read ({exception.Message})", exception);
        }
    }

    /// <summary>Completes a geometry whose heads are not known yet.</summary>
    public BundleGeometry Complete(string weightsPath, BundleGeometry geometry) =>
        geometry with
        {
            Vision = geometry.Vision with { AttentionHeads = HeadsOf(weightsPath, "photo", VisionHeads, geometry.Vision.Width) },
            Text = geometry.Text with { AttentionHeads = HeadsOf(weightsPath, "title", TextHeads, geometry.Text.Width) },
        };

    private static int HeadsOf(string path, string tower, int? stated, int width)
    {
        if (stated is null && width % HeadWidth != 0)
        {
            throw new WeightsFormatException(
                path,
                $"the {tower} tower is {width} wide, no multiple of {HeadWidth}, and no {FileName} beside it states the number of attention heads"
            );
        }

        var heads = stated ?? width / HeadWidth;
        return heads > 0 && width % heads == 0
            ? heads
            : throw new WeightsFormatException(path, $"{FileName} states {heads} attention heads for a {tower} tower {width} wide");
    }

    private static JsonElement Section(JsonElement root, string name) =>
        root.TryGetProperty(name, out var section) && section.ValueKind == JsonValueKind.Object ? section : root;

    private static int? Heads(string path, JsonElement section, HashSet<string> keys)
    {
        foreach (var property in section.EnumerateObject().Where(property => keys.Contains(property.Name)))
        {
            return property.Value.TryGetInt32(out var heads)
                ? heads
                : throw new WeightsFormatException(path, $"'{property.Name}' is not a whole number");
        }

        return null;
    }

    /// <summary>The towers that are written have these constants built in; others would give wrong vectors in silence.</summary>
    private static void CheckConstants(string path, JsonElement section)
    {
        foreach (var name in new[] { "hidden_act", "activation" })
        {
            if (section.TryGetProperty(name, out var activation) && activation.GetString() != "quick_gelu")
            {
                throw new WeightsFormatException(path, $"the activation is '{activation.GetString()}'; only quick_gelu is converted");
            }
        }

        if (section.TryGetProperty("layer_norm_eps", out var epsilon) && Math.Abs(epsilon.GetDouble() - LayerNormEpsilon) > 1e-9)
        {
            throw new WeightsFormatException(path, $"layer_norm_eps is {epsilon.GetDouble()}; only {LayerNormEpsilon} is converted");
        }
    }
}
