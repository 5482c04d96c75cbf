using System.Security.Cryptography;
using System.Text;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Archives;

namespace GeoTagService.Models.Weights;

/// <summary>
/// A CLIP of any geometry with random weights, the same for the same seed, on the scales that openai/CLIP initialises
/// with, so that activations stay finite. For measurements: speed does not depend on the values.
/// </summary>
public sealed class RandomClipWeights : IClipWeights
{
    private readonly int _seed;
    private readonly Dictionary<string, long[]> _shapes;

    /// <summary>Creates weights; nothing is computed until it is read.</summary>
    /// <param name="geometry">Geometry of both towers.</param>
    /// <param name="seed">Any number.</param>
    public RandomClipWeights(BundleGeometry geometry, int seed)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Geometry = geometry;
        _seed = seed;
        _shapes = ClipTensorNames.Of(geometry).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
    }

    /// <summary>Geometry of ViT-B/32, the model that the published heads were trained on.</summary>
    public static BundleGeometry VitB32 { get; } =
        new(512, new VisionGeometry(224, 32, 768, 12, 12), new TextGeometry(77, 49408, 512, 12, 8));

    /// <inheritdoc/>
    public BundleGeometry Geometry { get; }

    /// <inheritdoc/>
    public float[] Read(string openAiName)
    {
        if (!_shapes.TryGetValue(openAiName, out var shape))
        {
            throw new ArgumentException($"a CLIP has no tensor '{openAiName}'", nameof(openAiName));
        }

        var values = new float[shape.Aggregate(1L, (product, dimension) => product * dimension)];
        var (centre, scale) = Distribution(openAiName);
        FillNormal(values, openAiName, centre, scale);
        return values;
    }

    /// <summary>Writes all tensors to a .safetensors file, one at a time.</summary>
    /// <param name="path">Path of the file; an existing one is replaced.</param>
    /// <param name="dataType"><c>float32</c> or <c>float16</c>.</param>
    public void WriteSafetensors(string path, string dataType = "float32")
    {
        var tensors = _shapes.Select(pair => new ArchivedTensor(pair.Key, dataType, pair.Value)).ToList();
        using var writer = new SafetensorsWriter(path, tensors);
        foreach (var tensor in tensors)
        {
            writer.Write(tensor.Name, Read(tensor.Name));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held; the contract allows for weights in a file.
    }

    /// <summary>Mean and standard deviation, after CLIP.initialize_parameters in openai/CLIP's model.py.</summary>
    private (float Centre, float Scale) Distribution(string name)
    {
        var isVision = name.StartsWith(ClipTensorNames.Vision, StringComparison.Ordinal);
        var width = isVision ? Geometry.Vision.Width : Geometry.Text.Width;
        var layers = isVision ? Geometry.Vision.Layers : Geometry.Text.Layers;
        var attention = 1 / MathF.Sqrt(width);
        var residual = attention / MathF.Sqrt(2 * layers);
        return name switch
        {
            _ when name.Contains("ln_", StringComparison.Ordinal) => (name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0, 0.05f),
            _ when name.EndsWith("bias", StringComparison.Ordinal) => (0, 0.02f),
            _ when name.EndsWith("in_proj_weight", StringComparison.Ordinal) => (0, attention),
            _ when name.EndsWith("out_proj.weight", StringComparison.Ordinal) => (0, residual),
            _ when name.EndsWith("c_proj.weight", StringComparison.Ordinal) => (0, residual),
            _ when name.EndsWith("c_fc.weight", StringComparison.Ordinal) => (0, 1 / MathF.Sqrt(2 * width)),
            "token_embedding.weight" => (0, 0.02f),
            "positional_embedding" => (0, 0.01f),
            "visual.conv1.weight" => (0, 1 / MathF.Sqrt(3 * Geometry.Vision.PatchSize * Geometry.Vision.PatchSize)),
            _ => (0, attention),
        };
    }

    /// <summary>Normal numbers by Box and Muller from SplitMix64 (Steele, Lea, Flood 2014).</summary>
    private void FillNormal(Span<float> values, string name, float centre, float scale)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{_seed}/{name}"));
        var state = BitConverter.ToUInt64(digest);
        for (var i = 0; i < values.Length; i += 2)
        {
            var radius = MathF.Sqrt(-2 * MathF.Log(Uniform(ref state)));
            var (sine, cosine) = MathF.SinCos(2 * MathF.PI * Uniform(ref state));
            values[i] = centre + (scale * radius * cosine);
            if (i + 1 < values.Length)
            {
                values[i + 1] = centre + (scale * radius * sine);
            }
        }
    }

    /// <summary>A number in (0, 1].</summary>
    private static float Uniform(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (((z ^ (z >> 31)) >> 40) + 1) * (1f / (1 << 24));
    }
}
