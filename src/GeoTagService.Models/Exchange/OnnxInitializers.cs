using System.Runtime.InteropServices;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Graphs;

namespace GeoTagService.Models.Exchange;

/// <summary>The float32 weights inside one ONNX file of a bundle, found once and read one at a time.</summary>
internal sealed class OnnxInitializers : IDisposable
{
    private const int ModelGraph = 7,
        GraphInitializer = 5;
    private const int TensorDimensions = 1,
        TensorType = 2,
        TensorName = 8,
        TensorRaw = 9,
        TensorExternal = 13;
    private const int EntryKey = 1,
        EntryValue = 2;

    private readonly Bundle _bundle;
    private readonly string _file;
    private readonly Stream _graph;
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Stream> _external = new(StringComparer.Ordinal);

    private OnnxInitializers(Bundle bundle, string file)
    {
        _bundle = bundle;
        _file = file;
        _graph = Open(file);
    }

    /// <summary>Finds the weights of a file.</summary>
    /// <exception cref="InvalidDataException">It is no ONNX file.</exception>
    public static OnnxInitializers Of(Bundle bundle, string file)
    {
        var found = new OnnxInitializers(bundle, file);
        try
        {
            var model = new ProtobufReader(found._graph, found._graph.Length);
            while (model.Next(out var field))
            {
                if (field == ModelGraph)
                {
                    found.FindIn(model.Message());
                }
                else
                {
                    model.Skip();
                }
            }

            return found;
        }
        catch
        {
            found.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is a float32 weight of that name and shape.</summary>
    public bool Has(string name, params ReadOnlySpan<long> shape) =>
        _places.TryGetValue(name, out var place) && place.Shape.AsSpan().SequenceEqual(shape);

    /// <summary>The shape of a weight, or null.</summary>
    public IReadOnlyList<long>? ShapeOf(string name) => _places.GetValueOrDefault(name)?.Shape;

    /// <summary>Reads a weight, row-major.</summary>
    /// <exception cref="InvalidDataException">There is none of that name.</exception>
    public float[] Read(string name)
    {
        var place = _places.GetValueOrDefault(name) ?? throw new InvalidDataException($"{_file} holds no weight '{name}'");
        var values = new float[place.Shape.Aggregate(1L, (product, size) => product * size)];
        if (place.Length != values.Length * (long)sizeof(float))
        {
            throw new InvalidDataException(
                $"the weight '{name}' of {_file} has {place.Length} bytes, its shape asks for {values.Length * (long)sizeof(float)}"
            );
        }

        var stream = _graph;
        if (place.File is { } file && !_external.TryGetValue(file, out stream))
        {
            _external.Add(file, stream = Open(file));
        }

        stream!.Position = place.Offset;
        stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public void Dispose()
    {
        _graph.Dispose();
        foreach (var stream in _external.Values)
        {
            stream.Dispose();
        }
    }

    private Stream Open(string file) =>
        _bundle.GetPhysicalPath(file) is { } path
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16)
            : new MemoryStream(_bundle.ReadAllBytes(file), writable: false);

    private void FindIn(ProtobufReader graph)
    {
        while (graph.Next(out var field))
        {
            if (field == GraphInitializer)
            {
                Note(graph.Message());
            }
            else
            {
                graph.Skip();
            }
        }
    }

    private void Note(ProtobufReader tensor)
    {
        var shape = new List<long>();
        var (name, type) = (string.Empty, 0L);
        (long Offset, long Length)? raw = null;
        var outside = new Dictionary<string, string>(StringComparer.Ordinal);
        while (tensor.Next(out var field))
        {
            switch (field)
            {
                case TensorDimensions:
                    shape.AddRange(tensor.Numbers());
                    break;
                case TensorType:
                    type = tensor.Number();
                    break;
                case TensorName:
                    name = tensor.Text();
                    break;
                case TensorRaw:
                    raw = tensor.Extent();
                    break;
                case TensorExternal:
                    NoteEntry(tensor.Message(), outside);
                    break;
                default:
                    tensor.Skip();
                    break;
            }
        }

        if (type != (long)OnnxElementType.Float32)
        {
            return;
        }

        if (raw is { } inside)
        {
            _places[name] = new Place([.. shape], null, inside.Offset, inside.Length);
        }
        else if (outside.TryGetValue("location", out var file) && long.TryParse(outside.GetValueOrDefault("length"), out var length))
        {
            _ = long.TryParse(outside.GetValueOrDefault("offset"), out var offset);
            var folder = Path.GetDirectoryName(_file) is { Length: > 0 } parent ? parent + "/" : string.Empty;
            _places[name] = new Place([.. shape], folder + file, offset, length);
        }
    }

    private static void NoteEntry(ProtobufReader entry, Dictionary<string, string> entries)
    {
        var (key, value) = (string.Empty, string.Empty);
        while (entry.Next(out var field))
        {
            switch (field)
            {
                case EntryKey:
                    key = entry.Text();
                    break;
                case EntryValue:
                    value = entry.Text();
                    break;
                default:
                    entry.Skip();
                    break;
            }
        }

        entries[key] = value;
    }

    private sealed record Place(long[] Shape, string? File, long Offset, long Length);
}
