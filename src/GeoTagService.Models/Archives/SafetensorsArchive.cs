using System.Buffers.Binary;
using System.Text.Json;

namespace GeoTagService.Models.Archives;

/// <summary>
/// Reads .safetensors (github.com/huggingface/safetensors, "Format"): 8 bytes header length, a JSON header, then the
/// tensors back to back. The rules are enforced in full: every byte belongs to exactly one tensor.
/// </summary>
internal static class SafetensorsArchive
{
    /// <summary>Largest header read; the format allows 100 MB, a CLIP's has 60 KB.</summary>
    internal const int MaximumHeaderBytes = 16 << 20;

    private const int LengthBytes = 8;

    public static StoredTensorArchive Open(WeightsFile file)
    {
        var header = ReadHeader(file);
        var dataStart = LengthBytes + (long)header.Length;
        var dataLength = file.Length - dataStart;
        var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        var ranges = new List<(long Begin, long End, string Name)>();
        try
        {
            using var document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals("__metadata__"u8))
                {
                    continue;
                }

                var (tensor, begin, end) = ReadTensor(file, property, dataStart, dataLength);
                tensors.Add(property.Name, tensor);
                ranges.Add((begin, end, property.Name));
            }
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new WeightsFormatException(
                $"{Path.GetFileName(file.FilePath)}: the header is not one of a .safetensors file ({exception.Message})",
                exception
            );
        }

        CheckCoverage(file, ranges, dataLength);
        return new StoredTensorArchive(file, tensors);
    }

    private static byte[] ReadHeader(WeightsFile file)
    {
        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        file.ReadExactly(0, lengthBytes);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > (ulong)(file.Length - LengthBytes))
        {
            throw file.Fail($"the header claims {length} bytes of a file of {file.Length}");
        }

        if (length > MaximumHeaderBytes)
        {
            throw file.Fail($"the header claims {length} bytes; at most {MaximumHeaderBytes} are read");
        }

        var header = new byte[length];
        file.ReadExactly(LengthBytes, header);
        return header;
    }

    private static (StoredTensor Tensor, long Begin, long End) ReadTensor(
        WeightsFile file,
        JsonProperty property,
        long dataStart,
        long dataLength
    )
    {
        var name = property.Name;
        var type = property.Value.GetProperty("dtype").GetString() switch
        {
            "F32" => ElementType.Float32,
            "F16" => ElementType.Float16,
            "BF16" => ElementType.BFloat16,
            "F64" => ElementType.Float64,
            "I8" => ElementType.Int8,
            "I16" => ElementType.Int16,
            "I32" => ElementType.Int32,
            "I64" => ElementType.Int64,
            "U8" => ElementType.UInt8,
            "U16" => ElementType.UInt16,
            "U32" => ElementType.UInt32,
            "U64" => ElementType.UInt64,
            "BOOL" => ElementType.Bool,
            var other => throw file.Fail($"tensor '{name}' has the type {other}, which is not read"),
        };
        var shape = property.Value.GetProperty("shape").EnumerateArray().Select(value => value.GetInt64()).ToArray();
        var offsets = property.Value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2)
        {
            throw file.Fail($"tensor '{name}' needs two offsets");
        }

        long begin = offsets[0].GetInt64(),
            end = offsets[1].GetInt64();
        if (begin < 0 || end < begin || end > dataLength)
        {
            throw file.Fail($"tensor '{name}' claims bytes {begin} to {end} of {dataLength}");
        }

        try
        {
            var bytes = new PlainBytes(file, dataStart + begin, end - begin);
            var tensor = StoredTensor.View(bytes, type, 0, shape, StoredTensor.RowMajor(shape));
            var needed = tensor.Shape.Aggregate((long)ElementTypes.SizeOf(type), (product, next) => product * next);
            return needed == end - begin
                ? (tensor, begin, end)
                : throw file.Fail($"tensor '{name}' claims {end - begin} bytes where its shape needs {needed}");
        }
        catch (InvalidDataException exception)
        {
            throw file.Fail($"tensor '{name}' {exception.Message}");
        }
    }

    private static void CheckCoverage(WeightsFile file, List<(long Begin, long End, string Name)> ranges, long dataLength)
    {
        ranges.Sort();
        long covered = 0;
        foreach (var (begin, end, name) in ranges)
        {
            if (begin != covered)
            {
                throw file.Fail($"tensor '{name}' {(begin < covered ? "overlaps another" : "leaves a gap before it")}");
            }

            covered = end;
        }

        if (covered != dataLength)
        {
            throw file.Fail($"{dataLength - covered} bytes after the last tensor belong to none");
        }
    }
}
