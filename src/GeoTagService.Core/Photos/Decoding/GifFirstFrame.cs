using System.Buffers.Binary;

namespace GeoTagService.Core.Photos.Decoding;

/// <summary>
/// What the blocks of a GIF say of its first frame. The reference knows no transparency there: a transparent pixel has its
/// palette's colour, and what the frame leaves of the canvas has the transparent entry's, or else the first one's.
/// </summary>
/// <param name="TransparencyFlag">Position of the byte whose lowest bit makes an entry transparent, or −1.</param>
/// <param name="Background">Colour of what the frame leaves free: R, G, B.</param>
/// <param name="CoversCanvas">Whether it leaves nothing.</param>
internal readonly record struct GifFirstFrame(int TransparencyFlag, (byte R, byte G, byte B) Background, bool CoversCanvas)
{
    private const int HeaderLength = 13;
    private const int DescriptorLength = 10;
    private const byte Extension = 0x21;
    private const byte GraphicControl = 0xF9;
    private const byte ImageDescriptor = 0x2C;
    private const byte HasPalette = 0x80;

    /// <summary>Walks the blocks up to the first frame.</summary>
    /// <param name="gif">The file's bytes.</param>
    /// <returns>Null when there is no frame before the bytes end.</returns>
    public static GifFirstFrame? Read(ReadOnlySpan<byte> gif)
    {
        if (gif.Length < HeaderLength)
        {
            return null;
        }

        var palette = Palette(gif, HeaderLength, gif[10]);
        var at = HeaderLength + palette.Length;
        var flag = -1;
        byte? transparent = null;
        while (at + DescriptorLength <= gif.Length)
        {
            if (gif[at] == ImageDescriptor)
            {
                var local = Palette(gif, at + DescriptorLength, gif[at + 9]);
                return new GifFirstFrame(
                    flag,
                    Colour(local.IsEmpty ? palette : local, transparent ?? 0),
                    Covers(gif[(at + 1)..], gif[6..])
                );
            }

            if (gif[at] != Extension)
            {
                return null;
            }

            if (gif[at + 1] == GraphicControl && gif[at + 2] == 4)
            {
                var isSet = (gif[at + 3] & 1) != 0;
                flag = isSet ? at + 3 : -1;
                transparent = isSet ? gif[at + 6] : null;
            }

            at = SkipBlocks(gif, at + 2);
        }

        return null;
    }

    private static ReadOnlySpan<byte> Palette(ReadOnlySpan<byte> gif, int at, byte flags) =>
        (flags & HasPalette) == 0 ? [] : gif[Math.Min(at, gif.Length)..Math.Min(at + (3 * (2 << (flags & 7))), gif.Length)];

    private static (byte R, byte G, byte B) Colour(ReadOnlySpan<byte> palette, int index) =>
        palette.Length >= (index * 3) + 3 ? (palette[index * 3], palette[(index * 3) + 1], palette[(index * 3) + 2]) : default;

    private static bool Covers(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> canvas) =>
        BinaryPrimitives.ReadUInt32LittleEndian(frame) == 0
        && BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]) >= BinaryPrimitives.ReadUInt16LittleEndian(canvas)
        && BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]) >= BinaryPrimitives.ReadUInt16LittleEndian(canvas[2..]);

    private static int SkipBlocks(ReadOnlySpan<byte> gif, int at)
    {
        while (at < gif.Length && gif[at] != 0)
        {
            at += 1 + gif[at];
        }

        return at + 1;
    }
}
