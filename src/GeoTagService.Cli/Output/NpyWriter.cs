using System.Buffers.Binary;
using System.Text;

namespace GeoTagService.Cli.Output;

/// <summary>Writes arrays as NumPy reads them (.npy, format 1.0, C order).</summary>
internal static class NpyWriter
{
    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];

    // The data starts at a multiple of this, so that readers can map it.
    private const int Alignment = 64;

    /// <summary>Writes an array of bytes.</summary>
    /// <param name="path">The file, replaced when it exists.</param>
    /// <param name="shape">Dimensions; their product is the length of <paramref name="values"/>.</param>
    /// <param name="values">The elements, last dimension fastest.</param>
    public static void WriteBytes(string path, ReadOnlySpan<int> shape, ReadOnlySpan<byte> values)
    {
        var elements = 1;
        foreach (var dimension in shape)
        {
            elements *= dimension;
        }

        if (elements != values.Length)
        {
            throw new ArgumentException($"{values.Length} values do not fill a shape of {elements}", nameof(values));
        }

        // A Python tuple: the one of one element has a comma.
        var dimensions = string.Join(", ", shape.ToArray()) + (shape.Length == 1 ? "," : string.Empty);
        var header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({dimensions}), }}";
        var unpadded = Magic.Length + sizeof(ushort) + header.Length + 1;
        var padding = (Alignment - (unpadded % Alignment)) % Alignment;

        using var file = File.Create(path);
        file.Write(Magic);
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(length, checked((ushort)(header.Length + padding + 1)));
        file.Write(length);
        file.Write(Encoding.ASCII.GetBytes(header + new string(' ', padding) + "\n"));
        file.Write(values);
    }
}
