using System.Buffers.Binary;

namespace GeoTagService.Bulk.Marking;

/// <summary>The XMP packet of a JPEG file: read, or put in, with every other byte as it was.</summary>
internal static class JpegPacket
{
    /// <summary>Most bytes of a packet that a segment holds.</summary>
    public static readonly int MostBytes = ushort.MaxValue - 2 - Preamble.Length;

    private const byte Prefix = 0xFF;
    private const byte Application0 = 0xE0;
    private const byte Application1 = 0xE1;

    private static ReadOnlySpan<byte> Preamble => "http://ns.adobe.com/xap/1.0/\0"u8;

    /// <summary>Whether a file begins as JPEG files do.</summary>
    public static bool IsJpeg(ReadOnlySpan<byte> file) => file is [Prefix, 0xD8, Prefix, ..];

    /// <summary>The packet; null where there is none.</summary>
    public static byte[]? Find(ReadOnlySpan<byte> file)
    {
        var (start, end, _) = Locate(file);
        return start < 0 ? null : file[(start + 4 + Preamble.Length)..end].ToArray();
    }

    /// <summary>The file with another packet.</summary>
    /// <param name="file">A JPEG file.</param>
    /// <param name="packet">At most <see cref="MostBytes"/>.</param>
    public static byte[] With(ReadOnlySpan<byte> file, ReadOnlySpan<byte> packet)
    {
        var (start, end, behindHeads) = Locate(file);
        var before = file[..(start < 0 ? behindHeads : start)];
        var after = file[(start < 0 ? behindHeads : end)..];
        var head = new byte[4];
        head[0] = Prefix;
        head[1] = Application1;
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(2), checked((ushort)(2 + Preamble.Length + packet.Length)));
        return [.. before, .. head, .. Preamble, .. packet, .. after];
    }

    // Application segments stand first; the walk ends at the first of another kind.
    private static (int Start, int End, int BehindHeads) Locate(ReadOnlySpan<byte> file)
    {
        var at = 2;
        var behindHeads = 2;
        while (at + 4 <= file.Length && file[at] == Prefix && file[at + 1] is >= Application0 and <= 0xEF or 0xFE)
        {
            var end = at + 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (end > file.Length || end < at + 4)
            {
                break;
            }

            var body = file[(at + 4)..end];
            if (file[at + 1] == Application1 && body.StartsWith(Preamble))
            {
                return (at, end, behindHeads);
            }

            if (file[at + 1] == Application0 || (file[at + 1] == Application1 && body.StartsWith("Exif\0"u8)))
            {
                behindHeads = end;
            }

            at = end;
        }

        return (-1, -1, behindHeads);
    }
}
