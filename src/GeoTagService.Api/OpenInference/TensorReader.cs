using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;
using GeoTagService.Api.Fields;
using GeoTagService.Core;

namespace GeoTagService.Api.OpenInference;

/// <summary>The elements of one tensor, from its JSON or from its part of the body.</summary>
internal static class TensorReader
{
    private const int LengthBytes = 4;

    /// <summary>Reads elements of type BYTES.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="binary">Its part of the body, or null when its JSON holds the data.</param>
    /// <param name="isText">Whether a string of the JSON is the element itself; else it is base64, as JSON cannot hold bytes.</param>
    public static Outcome<IReadOnlyList<ReadOnlyMemory<byte>>> ReadBytes(InferTensor tensor, ReadOnlyMemory<byte>? binary, bool isText)
    {
        var name = tensor.Name!;
        if (tensor.Datatype != InferNames.Bytes)
        {
            return Invalid(name, $"'{name}' is of type BYTES, not {tensor.Datatype}.");
        }

        var elements = new List<ReadOnlyMemory<byte>>();
        if (binary is { } bytes)
        {
            while (bytes.Length > 0)
            {
                var length = bytes.Length < LengthBytes ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span);
                if (length > bytes.Length - LengthBytes)
                {
                    return Malformed(
                        name,
                        $"'{name}' ends within an element: each is 4 bytes of length, little-endian, and as many bytes."
                    );
                }

                elements.Add(bytes.Slice(LengthBytes, (int)length));
                bytes = bytes[(LengthBytes + (int)length)..];
            }
        }
        else
        {
            var isPlain = isText && tensor.Parameters?.IsBase64 != true;
            foreach (var value in tensor.Data ?? [])
            {
                if (value.Kind != JsonTokenType.String)
                {
                    return Malformed(name, $"'{name}' holds something that is no string.");
                }

                if (isPlain)
                {
                    elements.Add(value.Text);
                    continue;
                }

                // In its own place: the body is ours, and nobody reads its JSON again.
                var text = MemoryMarshal.AsMemory(value.Text);
                if (Base64.DecodeFromUtf8InPlace(text.Span, out var decoded) == OperationStatus.Done)
                {
                    elements.Add(text[..decoded]);
                }
                else
                {
                    return Malformed(name, $"'{name}' holds something that is not base64; send bytes in base64, or as binary data.");
                }
            }
        }

        return elements.Count == Count(tensor.Shape!)
            ? elements
            : Invalid(name, $"'{name}' has {elements.Count} elements where its shape says {Count(tensor.Shape!)}.");
    }

    /// <summary>Reads elements of type FP32.</summary>
    public static Outcome<float[]> ReadSingles(InferTensor tensor, ReadOnlyMemory<byte>? binary)
    {
        var name = tensor.Name!;
        if (tensor.Datatype != InferNames.Single)
        {
            return Invalid(name, $"'{name}' is of type FP32, not {tensor.Datatype}.");
        }

        float[] values;
        if (binary is { } bytes)
        {
            values = new float[bytes.Length / sizeof(float)];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.Span[(i * sizeof(float))..]);
            }
        }
        else
        {
            var list = new List<float>();
            foreach (var value in tensor.Data ?? [])
            {
                // A place that is not there: JSON has no NaN.
                if (value.Kind == JsonTokenType.Null)
                {
                    list.Add(float.NaN);
                }
                else if (value.Number is { } number)
                {
                    list.Add(number);
                }
                else
                {
                    return Malformed(name, $"'{name}' holds something that is no number.");
                }
            }

            values = [.. list];
        }

        return values.Length == Count(tensor.Shape!) && (binary is null || binary.Value.Length == values.Length * sizeof(float))
            ? values
            : Invalid(name, $"'{name}' has {values.Length} elements where its shape says {Count(tensor.Shape!)}.");
    }

    /// <summary>Elements of a shape; −1 for one that is none.</summary>
    public static long Count(IReadOnlyList<long> shape)
    {
        var count = 1L;
        foreach (var size in shape)
        {
            if (size is < 0 or > int.MaxValue || (count *= size) > int.MaxValue)
            {
                return -1;
            }
        }

        return count;
    }

    /// <summary>A text, which must be UTF-8.</summary>
    public static Outcome<string> ReadText(string name, ReadOnlyMemory<byte> bytes) =>
        StrictText.TryDecode(bytes.Span, out var text)
            ? text
            : new TaggingError(TaggingErrorCode.InvalidText, name, $"'{name}' is not valid UTF-8.");

    private static TaggingError Malformed(string name, string detail) => new(TaggingErrorCode.Malformed, name, detail);

    private static TaggingError Invalid(string name, string detail) => new(TaggingErrorCode.InvalidValue, name, detail);
}
