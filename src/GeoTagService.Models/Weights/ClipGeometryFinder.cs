using GeoTagService.Core.Bundles;
using GeoTagService.Models.Archives;

namespace GeoTagService.Models.Weights;

/// <summary>Reads both towers' geometry off the shapes of a few tensors; attention heads stay 0.</summary>
internal sealed class ClipGeometryFinder(string path, ITensorArchive archive, ClipKeyLayout layout)
{
    /// <summary>Bounds that no CLIP comes near; they keep a damaged file from asking for absurd graphs.</summary>
    private const long WidestDimension = 1 << 20;
    private const int MostLayers = 256;

    public BundleGeometry Find()
    {
        var patches = Shape("visual.conv1.weight", 4);
        var positions = Shape("visual.positional_embedding", 2);
        var grid = (int)Math.Round(Math.Sqrt(positions[0] - 1));
        if (patches[1] != 3 || patches[2] != patches[3] || grid < 1 || ((long)grid * grid) + 1 != positions[0])
        {
            throw new WeightsFormatException(
                path,
                $"the photo tower has patches [{string.Join(", ", patches)}] at {positions[0]} positions; square patches of RGB on a square grid are read"
            );
        }

        var tokens = Shape("token_embedding.weight", 2);
        var context = Shape("positional_embedding", 2);
        var projection = Shape("visual.proj", 2);
        return new BundleGeometry(
            (int)projection[1],
            new VisionGeometry(checked(grid * (int)patches[2]), (int)patches[2], (int)patches[0], Layers(ClipTensorNames.Vision), 0),
            new TextGeometry((int)context[0], (int)tokens[0], (int)tokens[1], Layers(string.Empty), 0)
        );
    }

    private IReadOnlyList<long> Shape(string openAiName, int rank)
    {
        var source = layout.Find(openAiName);
        if (!archive.Tensors.TryGetValue(source.Parts[0], out var tensor))
        {
            throw new WeightsFormatException(path, $"the tensor '{source.Parts[0]}' is missing");
        }

        if (tensor.Shape.Count != rank || tensor.Shape.Any(dimension => dimension is < 1 or > WidestDimension))
        {
            throw new WeightsFormatException(
                path,
                $"the tensor '{source.Parts[0]}' has the shape [{string.Join(", ", tensor.Shape)}], which no CLIP has"
            );
        }

        return source.IsTransposed ? [.. tensor.Shape.Reverse()] : tensor.Shape;
    }

    private int Layers(string tower)
    {
        var layers = 0;
        while (archive.Tensors.ContainsKey(layout.Find(ClipTensorNames.Block(tower, layers) + "ln_1.weight").Parts[0]))
        {
            layers++;
        }

        return layers is > 0 and <= MostLayers
            ? layers
            : throw new WeightsFormatException(path, $"the {(tower.Length > 0 ? "photo" : "title")} tower has {layers} blocks");
    }
}
