using System.Buffers.Binary;
using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos;

/// <summary>Formats that are read.</summary>
internal enum ImageFormat
{
    Unknown,
    Jpeg,
    Png,
    WebP,
    Gif,
    Bmp,
}

/// <summary>What the first bytes of a file say, read without a codec: limits are checked before one sees the file.</summary>
/// <param name="Format">By signature.</param>
/// <param name="Width">Columns that the header claims, 0 where only the codec knows.</param>
/// <param name="Height">Rows that the header claims, 0 where only the codec knows.</param>
/// <param name="IgnoresAlpha">PNG without an alpha channel whose tRNS chunk names one colour: the reference ignores it.</param>
/// <param name="IsIndexed">GIF whose palette is not a plain gray ramp: the reference resizes its indices.</param>
/// <param name="Scans">Scans of a JPEG, an upper bound; 0 for other formats.</param>
internal readonly record struct ImageHeader(
    ImageFormat Format, long Width, long Height, bool IgnoresAlpha = false, bool IsIndexed = false, int Scans = 0)
{
    /// <summary>Name of the format for messages.</summary>
    public string FormatName => Format switch
    {
        ImageFormat.Jpeg => "JPEG",
        ImageFormat.Png => "PNG",
        ImageFormat.WebP => "WebP",
        ImageFormat.Gif => "GIF",
        ImageFormat.Bmp => "BMP",
        _ => "unknown",
    };

    /// <summary>Reads the header.</summary>
    public static ImageHeader Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(PngChunks.Signature))
        {
            return ReadPng(bytes);
        }

        if (bytes is [0xFF, 0xD8, 0xFF, ..])
        {
            return ReadJpeg(bytes);
        }

        if (bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8))
        {
            return ReadGif(bytes);
        }

        if (WebPChunks.IsWebP(bytes))
        {
            return new ImageHeader(ImageFormat.WebP, 0, 0);
        }

        return bytes.StartsWith("BM"u8) ? ReadBmp(bytes) : default;
    }

    private static ImageHeader ReadPng(ReadOnlySpan<byte> bytes)
    {
        const int HeaderEnd = 26;
        const byte ColourTypeHasAlpha = 4;
        const byte ColourTypePalette = 3;
        if (bytes.Length < HeaderEnd || !bytes[12..16].SequenceEqual("IHDR"u8))
        {
            return new ImageHeader(ImageFormat.Png, 0, 0);
        }

        var colourType = bytes[25];
        return new ImageHeader(
            ImageFormat.Png,
            BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]),
            IgnoresAlpha: colourType != ColourTypePalette && (colourType & ColourTypeHasAlpha) == 0);
    }

    private static ImageHeader ReadGif(ReadOnlySpan<byte> bytes)
    {
        const int HeaderLength = 13;
        if (bytes.Length < HeaderLength)
        {
            return new ImageHeader(ImageFormat.Gif, 0, 0);
        }

        return new ImageHeader(
            ImageFormat.Gif,
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]),
            IgnoresAlpha: true,
            IsIndexed: !HasGrayRamp(bytes[HeaderLength..], bytes[10]));
    }

    // The reference reads a picture whose palette is 0,0,0 1,1,1 2,2,2 … as gray.
    private static bool HasGrayRamp(ReadOnlySpan<byte> palette, byte flags)
    {
        const int HasGlobalPalette = 0x80;
        var colours = 2 << (flags & 7);
        if ((flags & HasGlobalPalette) == 0 || palette.Length < colours * 3)
        {
            return false;
        }

        for (var i = 0; i < colours * 3; i++)
        {
            if (palette[i] != i / 3)
            {
                return false;
            }
        }

        return true;
    }

    private static ImageHeader ReadBmp(ReadOnlySpan<byte> bytes)
    {
        const int CoreHeaderLength = 12;
        const int MinLength = 26;
        if (bytes.Length < MinLength)
        {
            return default;
        }

        // "BM" alone begins many texts; the length of the second header tells them apart.
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes[14..]) switch
        {
            CoreHeaderLength => new ImageHeader(
                ImageFormat.Bmp,
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]),
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[20..])),
            40 or 52 or 56 or 64 or 108 or 124 => new ImageHeader(
                ImageFormat.Bmp,
                Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(bytes[18..])),
                Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(bytes[22..]))),
            _ => default,
        };
    }

    private static ImageHeader ReadJpeg(ReadOnlySpan<byte> bytes)
    {
        var structure = JpegStructure.Read(bytes);
        return new ImageHeader(ImageFormat.Jpeg, structure.Width, structure.Height, Scans: structure.Scans);
    }
}
