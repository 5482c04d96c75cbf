using SkiaSharp;

namespace GeoTagService.Testing;

/// <summary>Makes photos in memory for all test projects.</summary>
public static class TestImages
{
    /// <summary>A JPEG of a small drawn landscape: sky, hill, water; different for each seed.</summary>
    public static byte[] Jpeg(int width = 320, int height = 240, int seed = 0, int quality = 85) =>
        Encode(Landscape(width, height, seed), SKEncodedImageFormat.Jpeg, quality);

    /// <summary>The same drawing as PNG.</summary>
    public static byte[] Png(int width = 320, int height = 240, int seed = 0) =>
        Encode(Landscape(width, height, seed), SKEncodedImageFormat.Png, 100);

    /// <summary>The same drawing as lossy WebP.</summary>
    public static byte[] WebP(int width = 320, int height = 240, int seed = 0) =>
        Encode(Landscape(width, height, seed), SKEncodedImageFormat.Webp, 80);

    /// <summary>A PNG of one colour.</summary>
    public static byte[] SolidPng(int width, int height, byte red, byte green, byte blue, byte alpha = 255) =>
        PngOf(width, height, (_, _) => new SKColor(red, green, blue, alpha));

    /// <summary>A PNG whose pixels come from a function of column and row.</summary>
    public static byte[] PngOf(int width, int height, Func<int, int, SKColor> pixel)
    {
        ArgumentNullException.ThrowIfNull(pixel);
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                bitmap.SetPixel(x, y, pixel(x, y));
            }
        }

        return Encode(bitmap, SKEncodedImageFormat.Png, 100);
    }

    /// <summary>A black PNG of any size, without alpha: some KB for a hundred megapixels.</summary>
    public static byte[] BlackPng(int width, int height)
    {
        using var rows = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(rows, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            var row = new byte[1 + (width * 3)];
            for (var y = 0; y < height; y++)
            {
                zlib.Write(row);
            }
        }

        var png = PngClaiming(width, height).AsSpan();
        return [.. png[..33], .. PngChunk("IDAT"u8, rows.ToArray()), .. PngChunk("IEND"u8, [])];
    }

    /// <summary>A chunk of a PNG file.</summary>
    public static byte[] PngChunk(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> body)
    {
        byte[] chunk = [0, 0, 0, 0, .. kind, .. body, 0, 0, 0, 0];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(chunk, body.Length);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(
            chunk.AsSpan(chunk.Length - 4),
            Crc32(chunk.AsSpan(4, chunk.Length - 8))
        );
        return chunk;
    }

    /// <summary>A well-formed PNG header that claims any size, followed by nothing of use.</summary>
    public static byte[] PngClaiming(int width, int height)
    {
        var bytes = Convert.FromHexString("89504E470D0A1A0A0000000D494844520000000000000000080200000000000000");
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), width);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), height);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), Crc32(bytes.AsSpan(12, 17)));
        return [.. bytes, .. Convert.FromHexString("000000004944415435AF061E0000000049454E44AE426082")];
    }

    /// <summary>Inserts an EXIF block with an orientation, a position, or both behind a JPEG's first marker.</summary>
    public static byte[] WithExif(byte[] jpeg, int? orientation = null, (double Latitude, double Longitude)? position = null)
    {
        ArgumentNullException.ThrowIfNull(jpeg);
        var exif = ExifBlock.Create(orientation, position);
        return [jpeg[0], jpeg[1], .. exif, .. jpeg.AsSpan(2)];
    }

    private static SKBitmap Landscape(int width, int height, int seed)
    {
        var random = new Random(seed);
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(new SKColor((byte)random.Next(90, 150), (byte)random.Next(140, 190), (byte)random.Next(190, 255)));
        using var paint = new SKPaint { IsAntialias = true };
        for (var i = 0; i < 12; i++)
        {
            paint.Color = new SKColor((byte)random.Next(30, 160), (byte)random.Next(60, 180), (byte)random.Next(20, 120));
            canvas.DrawCircle(random.Next(width), height, Math.Max(width, height) * (0.1f + (0.3f * random.NextSingle())), paint);
        }

        paint.Color = new SKColor(40, 80, (byte)random.Next(100, 200));
        canvas.DrawRect(0, height * 0.85f, width, height, paint);
        canvas.Flush();
        return bitmap;
    }

    private static byte[] Encode(SKBitmap bitmap, SKEncodedImageFormat format, int quality)
    {
        using (bitmap)
        {
            using var data = bitmap.Encode(format, quality);
            return data.ToArray();
        }
    }

    internal static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
