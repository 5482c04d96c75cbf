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
    Heif,
    Avif,
    Tiff,
    Jpeg2000,
    JpegXl,
    Psd,
    Raw,
}

/// <summary>What the first bytes of a file say, read without a codec: limits are checked before one sees the file.</summary>
/// <param name="Format">By signature.</param>
/// <param name="Width">Columns that the header claims, 0 where only the codec knows.</param>
/// <param name="Height">Rows that the header claims, 0 where only the codec knows.</param>
/// <param name="IgnoresAlpha">No alpha channel, only a colour or entries of a palette that count as transparent: the reference ignores
/// that, and takes the colour.</param>
/// <param name="IsIndexed">Palette that is not a plain gray ramp, or one bit a pixel: the reference resizes indices, by nearest
/// neighbour.</param>
/// <param name="Passes">How often a decoder goes over each pixel, in passes of about one byte or one scan: a JPEG's scans, a PNG's
/// bytes a pixel, and for other formats what was measured.</param>
internal readonly record struct ImageHeader(
    ImageFormat Format,
    long Width,
    long Height,
    bool IgnoresAlpha = false,
    bool IsIndexed = false,
    int Passes = 1
)
{
    // Measured against a scan of a JPEG (docs/decisions/native-decoding.md).
    private const int WebPPasses = 6;
    private const int GifPasses = 3;
    private const int BmpPasses = 4;

    /// <summary>Name of the format for messages.</summary>
    public string FormatName =>
        Format switch
        {
            ImageFormat.Jpeg => "JPEG",
            ImageFormat.Png => "PNG",
            ImageFormat.WebP => "WebP",
            ImageFormat.Gif => "GIF",
            ImageFormat.Bmp => "BMP",
            ImageFormat.Heif => "HEIF",
            ImageFormat.Avif => "AVIF",
            ImageFormat.Tiff => "TIFF",
            ImageFormat.Jpeg2000 => "JPEG 2000",
            ImageFormat.JpegXl => "JPEG XL",
            ImageFormat.Psd => "PSD",
            ImageFormat.Raw => "RAW",
            _ => "unknown",
        };

    /// <summary>Which of the formats that are read by choice it is.</summary>
    public PhotoFormats Choice =>
        Format switch
        {
            ImageFormat.Heif => PhotoFormats.Heif,
            ImageFormat.Avif => PhotoFormats.Avif,
            ImageFormat.Tiff => PhotoFormats.Tiff,
            ImageFormat.Jpeg2000 => PhotoFormats.Jpeg2000,
            ImageFormat.JpegXl => PhotoFormats.JpegXl,
            ImageFormat.Psd => PhotoFormats.Psd,
            ImageFormat.Raw => PhotoFormats.Raw,
            _ => PhotoFormats.None,
        };

    /// <summary>Whether it is read by choice, in a child process only.</summary>
    public bool IsByChoice => Choice != PhotoFormats.None;

    /// <summary>What decoding will take, in pixels × passes; 0 where only the codec knows the size.</summary>
    public long Work => (long)Int128.Min((Int128)Width * Height * Passes, long.MaxValue);

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
            return ReadWebP(bytes);
        }

        return bytes.StartsWith("BM"u8) ? ReadBmp(bytes) : FurtherHeaders.Read(bytes);
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
        var samples = colourType switch
        {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };
        var bytesPerPixel = Math.Max(samples * bytes[24] / 8, 1);
        var isInterlaced = bytes.Length > 28 && bytes[28] != 0;
        return new ImageHeader(
            ImageFormat.Png,
            BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]),
            IgnoresAlpha: (colourType & ColourTypeHasAlpha) == 0,
            IsIndexed: colourType == ColourTypePalette || (colourType == 0 && bytes[24] == 1),
            Passes: (1 + bytesPerPixel) * (isInterlaced ? 2 : 1)
        );
    }

    // The canvas of an extended file, otherwise the size of its one picture.
    private static ImageHeader ReadWebP(ReadOnlySpan<byte> bytes)
    {
        const int Kind = 12;
        const int Body = 20;
        const int SizeMask = 0x3FFF;
        var unknown = new ImageHeader(ImageFormat.WebP, 0, 0, Passes: WebPPasses);
        if (bytes.Length < Body + 10)
        {
            return unknown;
        }

        var body = bytes[Body..];
        var kind = bytes.Slice(Kind, 4);
        if (kind.SequenceEqual("VP8X"u8))
        {
            return unknown with { Width = 1 + Read24(body[4..]), Height = 1 + Read24(body[7..]) };
        }

        if (kind.SequenceEqual("VP8L"u8))
        {
            var sizes = BinaryPrimitives.ReadUInt32LittleEndian(body[1..]);
            return unknown with { Width = 1 + (sizes & SizeMask), Height = 1 + ((sizes >> 14) & SizeMask) };
        }

        return !kind.SequenceEqual("VP8 "u8)
            ? unknown
            : unknown with
            {
                Width = BinaryPrimitives.ReadUInt16LittleEndian(body[6..]) & SizeMask,
                Height = BinaryPrimitives.ReadUInt16LittleEndian(body[8..]) & SizeMask,
            };
    }

    private static long Read24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);

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
            IsIndexed: !HasGrayRamp(bytes[HeaderLength..], bytes[10]),
            Passes: GifPasses
        );
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
        const int MinLength = 26;
        if (bytes.Length < MinLength)
        {
            return default;
        }

        var header = ReadBmpSize(bytes);
        return header.Format == ImageFormat.Unknown ? header : header with { IsIndexed = IsIndexedBmp(bytes) };
    }

    // Two colours make one bit a pixel of them, whatever they are.
    private static bool IsIndexedBmp(ReadOnlySpan<byte> bytes)
    {
        const int FileHeaderLength = 14;
        const int CoreHeaderLength = 12;
        const int ColoursUsed = 46;
        const int HeadersEnd = 30;
        if (bytes.Length < HeadersEnd)
        {
            return false;
        }

        var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[FileHeaderLength..]);
        var isCore = length == CoreHeaderLength;
        var bits = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(isCore ? 24 : 28)..]);
        if (bits is not (1 or 4 or 8))
        {
            return false;
        }

        var entry = isCore ? 3 : 4;
        var colours = isCore || bytes.Length < ColoursUsed + 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes[ColoursUsed..]);
        colours = colours is 0 or > 256 ? 1u << bits : colours;
        var palette = bytes[Math.Min(FileHeaderLength + length, bytes.Length)..];
        if (colours == 2 || palette.Length < colours * entry)
        {
            return true;
        }

        for (var i = 0; i < colours; i++)
        {
            if (palette.Slice(i * entry, 3).ContainsAnyExcept((byte)i))
            {
                return true;
            }
        }

        return false;
    }

    private static ImageHeader ReadBmpSize(ReadOnlySpan<byte> bytes)
    {
        const int CoreHeaderLength = 12;

        // "BM" alone begins many texts; the length of the second header tells them apart.
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes[14..]) switch
        {
            CoreHeaderLength => new ImageHeader(
                ImageFormat.Bmp,
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]),
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[20..]),
                Passes: BmpPasses
            ),
            40 or 52 or 56 or 64 or 108 or 124 => new ImageHeader(
                ImageFormat.Bmp,
                Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(bytes[18..])),
                Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(bytes[22..])),
                Passes: BmpPasses
            ),
            _ => default,
        };
    }

    private static ImageHeader ReadJpeg(ReadOnlySpan<byte> bytes)
    {
        var structure = JpegStructure.Read(bytes);
        return new ImageHeader(ImageFormat.Jpeg, structure.Width, structure.Height, Passes: Math.Max(structure.Scans, 1));
    }
}
