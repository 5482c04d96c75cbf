using System.Buffers.Binary;

namespace GeoTagService.Testing;

/// <summary>Puts blocks of metadata into photos of every format that holds some.</summary>
public static class MetadataFiles
{
    private const int PngHeaderEnd = 33;
    private const int WebPHeaderEnd = 12;

    /// <summary>The format's own way to hold an EXIF block, given a JPEG's APP1 segment as <see cref="ExifBlock"/> writes it.</summary>
    public static byte[] WithExif(byte[] photo, byte[] segment) =>
        photo switch
        {
            [0xFF, 0xD8, ..] => JpegWith(photo, segment),
            [0x89, ..] => PngWith(photo, "eXIf", segment.AsSpan(10)),
            _ => WebPWith(photo, "EXIF", segment.AsSpan(10)),
        };

    /// <summary>A JPEG with a segment behind its start marker.</summary>
    public static byte[] JpegWith(byte[] jpeg, byte[] segment) => [.. jpeg.AsSpan(0, 2), .. segment, .. jpeg.AsSpan(2)];

    /// <summary>A JPEG segment.</summary>
    public static byte[] Segment(byte marker, params ReadOnlySpan<byte> body)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)(body.Length + 2)));
        return [0xFF, marker, .. length, .. body];
    }

    /// <summary>A PNG with a chunk behind its header.</summary>
    public static byte[] PngWith(byte[] png, string type, params ReadOnlySpan<byte> body)
    {
        var chunk = new byte[12 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, body.Length);
        System.Text.Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        body.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + body.Length), TestImages.Crc32(chunk.AsSpan(4, 4 + body.Length)));
        return [.. png.AsSpan(0, PngHeaderEnd), .. chunk, .. png.AsSpan(PngHeaderEnd)];
    }

    /// <summary>A WebP file, simple or extended, with a chunk at its end.</summary>
    public static byte[] WebPWith(byte[] webp, string type, params ReadOnlySpan<byte> body)
    {
        var chunk = new byte[8 + body.Length + (body.Length & 1)];
        System.Text.Encoding.ASCII.GetBytes(type, chunk);
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(4), body.Length);
        body.CopyTo(chunk.AsSpan(8));
        byte[] file = [.. webp.AsSpan(0, WebPHeaderEnd), .. Extended(webp), .. webp.AsSpan(WebPHeaderEnd), .. chunk];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        return file;
    }

    // The header that announces EXIF and XMP, where there is none yet: canvas size less one in three bytes each.
    private static byte[] Extended(byte[] webp)
    {
        if (webp.AsSpan(WebPHeaderEnd).StartsWith("VP8X"u8))
        {
            return [];
        }

        const int ExifAndXmp = 0x08 | 0x04;
        var width = (BinaryPrimitives.ReadUInt16LittleEndian(webp.AsSpan(26)) & 0x3FFF) - 1;
        var height = (BinaryPrimitives.ReadUInt16LittleEndian(webp.AsSpan(28)) & 0x3FFF) - 1;
        return [.. "VP8X"u8, 10, 0, 0, 0, ExifAndXmp, 0, 0, 0, (byte)width, (byte)(width >> 8), 0, (byte)height, (byte)(height >> 8), 0];
    }
}
