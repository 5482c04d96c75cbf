using GeoTagService.Core.Bundles;
using GeoTagService.Models.Archives;

namespace GeoTagService.Models.Weights;

/// <summary>CLIP weights from a file: OpenAI's or Hugging Face's names, any ViT geometry, any format of
/// <see cref="TensorArchive"/>.</summary>
public sealed class ClipWeights : IClipWeights
{
    private readonly string _path;
    private readonly ITensorArchive _archive;
    private readonly ClipKeyLayout _layout;
    private readonly Dictionary<string, long[]> _shapes;

    private ClipWeights(string path, ITensorArchive archive)
    {
        _path = path;
        _archive = archive;
        _layout = ClipKeyLayout.Detect(path, archive);
        Geometry = ClipConfiguration.Beside(path).Complete(path, new ClipGeometryFinder(path, archive, _layout).Find());
        _shapes = ClipTensorNames.Of(Geometry).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
        CheckTensors();
    }

    /// <inheritdoc/>
    public BundleGeometry Geometry { get; }

    /// <summary>Opens weights and checks that every tensor of both towers is there with the right shape, and no other.</summary>
    /// <param name="path">Path of the file; a <c>config.json</c> beside it may state the attention heads.</param>
    /// <exception cref="WeightsFormatException">Damaged, not a CLIP, or a CLIP of another kind; the message says what.</exception>
    public static ClipWeights Open(string path)
    {
        var archive = TensorArchive.Open(path);
        try
        {
            return new ClipWeights(path, archive);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public float[] Read(string openAiName)
    {
        if (!_shapes.TryGetValue(openAiName, out var shape))
        {
            throw new WeightsFormatException(_path, $"a CLIP has no tensor '{openAiName}'");
        }

        var source = _layout.Find(openAiName);
        var values = new float[shape.Aggregate(1L, (product, dimension) => product * dimension)];
        var partLength = values.Length / source.Parts.Count;
        for (var i = 0; i < source.Parts.Count; i++)
        {
            _archive.ReadFloat32(source.Parts[i], values.AsSpan(i * partLength, partLength));
        }

        return source.IsTransposed ? Transpose(values, (int)shape[0], (int)shape[1]) : values;
    }

    /// <inheritdoc/>
    public void Dispose() => _archive.Dispose();

    private void CheckTensors()
    {
        var expected = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, shape) in _shapes)
        {
            var source = _layout.Find(name);
            long[] stored = source.IsTransposed ? [shape[1], shape[0]] : [shape[0] / source.Parts.Count, .. shape[1..]];
            foreach (var part in source.Parts)
            {
                expected.Add(part);
                CheckShape(part, stored);
            }
        }

        // A tensor that no tower uses means another architecture, whose vectors would be wrong in silence.
        var surplus = _archive.Tensors.Keys.FirstOrDefault(name => !expected.Contains(name) && !ClipKeyLayout.MayIgnore(name));
        if (surplus is not null)
        {
            throw new WeightsFormatException(_path, $"the tensor '{surplus}' is no part of a CLIP with a ViT tower");
        }
    }

    private void CheckShape(string name, long[] expected)
    {
        if (!_archive.Tensors.TryGetValue(name, out var tensor))
        {
            throw new WeightsFormatException(_path, $"the tensor '{name}' is missing");
        }

        if (!tensor.Shape.SequenceEqual(expected))
        {
            throw new WeightsFormatException(
                _path,
                $"the tensor '{name}' has the shape [{string.Join(", ", tensor.Shape)}], not [{string.Join(", ", expected)}]"
            );
        }
    }

    /// <summary>From [columns, rows] as stored to [rows, columns].</summary>
    private static float[] Transpose(float[] stored, int rows, int columns)
    {
        var turned = new float[stored.Length];
        for (var column = 0; column < columns; column++)
        {
            for (var row = 0; row < rows; row++)
            {
                turned[(row * columns) + column] = stored[(column * rows) + row];
            }
        }

        return turned;
    }
}
