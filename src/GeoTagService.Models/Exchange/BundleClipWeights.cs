using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Exchange;

/// <summary>A bundle's fp32 towers as weights again: what the graph writer joined, turned and scaled is taken apart. Of a joined
/// photo tower none is given.</summary>
internal sealed class BundleClipWeights : IClipWeights
{
    private const string Weight = ".weight",
        Positions = "visual.positional_embedding",
        ClassToken = "visual.class_embedding";

    // As the graph has them: with the class token in the first row, or (in earlier bundles) with that row apart.
    private const string PlacedPositions = "visual.positional_embedding.placed";
    private const string PlacedClassToken = "visual.class_embedding.placed",
        PatchPositions = "visual.positional_embedding.patches";

    private readonly OnnxInitializers _vision;
    private readonly OnnxInitializers _text;
    private readonly Dictionary<string, long[]> _shapes;

    private BundleClipWeights(Bundle bundle, OnnxInitializers vision, OnnxInitializers text)
    {
        (_vision, _text) = (vision, text);
        Geometry = bundle.Manifest.Geometry;
        var isJoined = bundle.Manifest.Encoders.Any(encoder => encoder.Graph == BundleEncoder.JoinedGraph);
        _shapes = ClipTensorNames
            .Of(Geometry)
            .Where(tensor => !isJoined || !tensor.Name.StartsWith(ClipTensorNames.Vision, StringComparison.Ordinal))
            .ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
    }

    public BundleGeometry Geometry { get; }

    /// <summary>Opens the towers.</summary>
    /// <exception cref="BundleException">There are none in fp32, or they were not written by this program.</exception>
    public static BundleClipWeights Open(Bundle bundle)
    {
        var (vision, text) = (Find(bundle, EncoderTower.Vision), Find(bundle, EncoderTower.Text));
        var weights = new BundleClipWeights(bundle, OnnxInitializers.Of(bundle, vision), OnnxInitializers.Of(bundle, text));
        try
        {
            foreach (var name in weights._shapes.Keys.Where(name => !weights.IsThere(name)))
            {
                throw new BundleException(
                    $"the bundle's towers hold no '{name}' as this version writes it; give the weights that they were made from"
                );
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public float[] Read(string openAiName)
    {
        var shape = _shapes[openAiName];
        var tower = TowerOf(openAiName);
        if (IsPlaced(openAiName))
        {
            // The first position brings the class token along; apart they are not known, and only their sum is used.
            return openAiName == ClassToken ? new float[shape[0]]
                : _vision.ShapeOf(PlacedPositions) is not null ? _vision.Read(PlacedPositions)
                : [.. _vision.Read(PlacedClassToken), .. _vision.Read(PatchPositions)];
        }

        if (Joined(openAiName) is { } block)
        {
            return openAiName.EndsWith("_bias", StringComparison.Ordinal)
                ? ReadJoinedBias(tower, block, shape)
                : ReadJoined(tower, block, shape);
        }

        var values = tower.Read(openAiName);
        return IsTurned(openAiName) ? WeightLayout.Transpose(values, (int)(values.Length / shape[0]), (int)shape[0]) : values;
    }

    public void Dispose()
    {
        _vision.Dispose();
        _text.Dispose();
    }

    private static string Find(Bundle bundle, EncoderTower tower) =>
        bundle.Manifest.Encoders.FirstOrDefault(encoder => encoder.Tower == tower && encoder.Precision == "fp32")?.File
        ?? throw new BundleException("the bundle holds no towers in fp32; give the weights that they were made from");

    private OnnxInitializers TowerOf(string name) => name.StartsWith(ClipTensorNames.Vision, StringComparison.Ordinal) ? _vision : _text;

    private bool IsPlaced(string name) => name is ClassToken or Positions && _vision.ShapeOf(name) is null;

    private bool IsThere(string name)
    {
        var (tower, shape) = (TowerOf(name), _shapes[name]);
        if (IsPlaced(name))
        {
            var rows = _shapes[Positions];
            return _vision.Has(PlacedPositions, rows)
                || (_vision.Has(PlacedClassToken, 1, 1, rows[1]) && _vision.Has(PatchPositions, rows[0] - 1, rows[1]));
        }

        if (Joined(name) is { } block)
        {
            var width = shape[0] / 3;
            return tower.Has(block + "attn.bias", 3 * width) && Parts.All(part => tower.Has($"{block}attn.{part}{Weight}", width, width));
        }

        return IsTurned(name)
            ? tower.Has(name, Elements(shape) / shape[0], shape[0])
            : tower.ShapeOf(name) is { } found && Elements(found) == Elements(shape);
    }

    private static readonly string[] Parts = ["query", "key", "value"];

    private static long Elements(IEnumerable<long> shape) => shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The block whose queries, keys and values a tensor joins, or null for another tensor.</summary>
    private static string? Joined(string name) =>
        name.IndexOf("attn.in_proj_", StringComparison.Ordinal) is >= 0 and var at ? name[..at] : null;

    /// <summary>Whether the graph multiplies with the tensor's transpose.</summary>
    private static bool IsTurned(string name) =>
        name.EndsWith(Weight, StringComparison.Ordinal)
        && (
            name.Contains(".mlp.", StringComparison.Ordinal)
            || name.Contains("out_proj", StringComparison.Ordinal)
            || name == "visual.conv1.weight"
        );

    private float[] ReadJoined(OnnxInitializers tower, string block, long[] shape)
    {
        var width = (int)shape[1];
        var turned = Parts.Select(part => WeightLayout.Transpose(tower.Read($"{block}attn.{part}{Weight}"), width, width)).ToArray();
        return [.. WeightLayout.Scale(turned[0], ScaleOf(block)), .. turned[1], .. turned[2]];
    }

    private float[] ReadJoinedBias(OnnxInitializers tower, string block, long[] shape)
    {
        var bias = tower.Read(block + "attn.bias");
        var width = (int)(shape[0] / 3);
        return [.. WeightLayout.Scale(bias.AsSpan(0, width), ScaleOf(block)), .. bias.AsSpan(width)];
    }

    /// <summary>What takes the scores' factor out of the queries again.</summary>
    private float ScaleOf(string block)
    {
        var (width, heads) = block.StartsWith(ClipTensorNames.Vision, StringComparison.Ordinal)
            ? (Geometry.Vision.Width, Geometry.Vision.AttentionHeads)
            : (Geometry.Text.Width, Geometry.Text.AttentionHeads);
        return MathF.Sqrt(width / heads);
    }
}
