using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace GeoTagService.Models.Archives;

/// <summary>
/// Writes a .safetensors file as its tensors come, so that no more than one of them is in memory. Declare all tensors
/// first, then write them in that order.
/// </summary>
public sealed class SafetensorsWriter : IDisposable
{
    private const int Alignment = 8;
    private readonly Stream _stream;
    private readonly bool _ownsStream;
    private readonly IReadOnlyList<ArchivedTensor> _tensors;
    private int _next;

    /// <summary>Writes to a new file.</summary>
    /// <param name="path">Path of the file; an existing one is replaced.</param>
    /// <param name="tensors">What will be written, in order; types <c>float32</c> and <c>float16</c>.</param>
    /// <param name="metadata">Free text for the header, or null.</param>
    public SafetensorsWriter(string path, IReadOnlyList<ArchivedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
        : this(File.Create(path), tensors, metadata) => _ownsStream = true;

    /// <summary>Writes to a stream, which stays open.</summary>
    /// <param name="stream">Receives the file.</param>
    /// <param name="tensors">What will be written, in order; types <c>float32</c> and <c>float16</c>.</param>
    /// <param name="metadata">Free text for the header, or null.</param>
    public SafetensorsWriter(Stream stream, IReadOnlyList<ArchivedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        _stream = stream;
        _tensors = tensors;
        WriteHeader(metadata);
    }

    /// <summary>Writes the next tensor.</summary>
    /// <param name="name">Its declared name, as a check of the order.</param>
    /// <param name="values">Its elements, row-major; rounded to the nearest where declared <c>float16</c>.</param>
    /// <exception cref="ArgumentException">Not the declared name or number of elements.</exception>
    public void Write(string name, ReadOnlySpan<float> values)
    {
        if (_next == _tensors.Count || _tensors[_next].Name != name || _tensors[_next].Elements != values.Length)
        {
            var expected = _next == _tensors.Count ? "nothing more" : $"{_tensors[_next].Elements} elements of '{_tensors[_next].Name}'";
            throw new ArgumentException($"{values.Length} elements of '{name}' came where {expected} was declared", nameof(name));
        }

        if (_tensors[_next++].DataType == "float16")
        {
            WriteHalf(values);
        }
        else
        {
            _stream.Write(MemoryMarshal.AsBytes(values));
        }
    }

    /// <summary>Ends the file.</summary>
    public void Dispose()
    {
        if (_ownsStream)
        {
            _stream.Dispose();
        }
    }

    private void WriteHalf(ReadOnlySpan<float> values)
    {
        var halves = ArrayPool<Half>.Shared.Rent(values.Length);
        try
        {
            TensorPrimitives.ConvertToHalf(values, halves);
            _stream.Write(MemoryMarshal.AsBytes(halves.AsSpan(0, values.Length)));
        }
        finally
        {
            ArrayPool<Half>.Shared.Return(halves);
        }
    }

    private void WriteHeader(IReadOnlyDictionary<string, string>? metadata)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WritePropertyName("__metadata__");
                JsonSerializer.Serialize(json, metadata);
            }

            long offset = 0;
            foreach (var tensor in _tensors)
            {
                offset = Describe(json, tensor, offset);
            }

            json.WriteEndObject();
        }

        // Spaces after the JSON keep the tensors aligned, as the format allows.
        while (header.Length % Alignment != 0)
        {
            header.WriteByte((byte)' ');
        }

        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        _stream.Write(length);
        header.WriteTo(_stream);
    }

    private static long Describe(Utf8JsonWriter json, ArchivedTensor tensor, long offset)
    {
        var (type, size) = tensor.DataType switch
        {
            "float32" => ("F32", sizeof(float)),
            "float16" => ("F16", sizeof(float) / 2),
            var other => throw new NotSupportedException(
                string.Create(CultureInfo.InvariantCulture, $"'{tensor.Name}' is {other}; float32 and float16 are written")
            ),
        };
        var end = offset + (tensor.Elements * size);
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", type);
        json.WriteStartArray("shape");
        foreach (var dimension in tensor.Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
        return end;
    }
}
