using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace GeoTagService.Testing;

/// <summary>Reads NumPy's .npy files (version 1 and 2, little-endian, C order) as far as the golden vectors need it.</summary>
public static partial class NpyReader
{
    /// <summary>Reads a float32 or float64 array as float32.</summary>
    public static NpyArray<float> ReadFloats(string path)
    {
        var (type, shape, data) = Read(path);
        var values = type switch
        {
            "<f4" => MemoryMarshal.Cast<byte, float>(data).ToArray(),
            "<f8" => Array.ConvertAll(MemoryMarshal.Cast<byte, double>(data).ToArray(), value => (float)value),
            _ => throw new InvalidDataException($"{path}: floats expected, found {type}"),
        };
        return new NpyArray<float>(shape, values);
    }

    /// <summary>Reads a uint8 array.</summary>
    public static NpyArray<byte> ReadBytes(string path)
    {
        var (type, shape, data) = Read(path);
        return type == "|u1" ? new NpyArray<byte>(shape, data) : throw new InvalidDataException($"{path}: bytes expected, found {type}");
    }

    private static (string Type, int[] Shape, byte[] Data) Read(string path)
    {
        var file = File.ReadAllBytes(path);
        if (file.Length < 12 || file[0] != 0x93 || !file.AsSpan(1, 5).SequenceEqual("NUMPY"u8))
        {
            throw new InvalidDataException($"{path} is not an .npy file");
        }

        var wide = file[6] >= 2;
        var headerLength = wide
            ? BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(8))
            : BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        var start = wide ? 12 : 10;
        var header = Encoding.ASCII.GetString(file, start, headerLength);
        if (header.Contains("'fortran_order': True", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path} is in Fortran order");
        }

        var shape = Shape()
            .Match(header)
            .Groups[1]
            .Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(size => int.Parse(size, CultureInfo.InvariantCulture));
        return (Type().Match(header).Groups[1].Value, [.. shape], file[(start + headerLength)..]);
    }

    [GeneratedRegex(@"'shape': \(([^)]*)\)")]
    private static partial Regex Shape();

    [GeneratedRegex("'descr': '([^']*)'")]
    private static partial Regex Type();
}

/// <summary>An array as NumPy stored it.</summary>
/// <param name="Shape">Dimensions.</param>
/// <param name="Values">Row-major elements.</param>
public sealed record NpyArray<T>(IReadOnlyList<int> Shape, T[] Values)
{
    /// <summary>One row of a two-dimensional array.</summary>
    public ReadOnlySpan<T> Row(int row) => Values.AsSpan(row * Shape[^1], Shape[^1]);
}
