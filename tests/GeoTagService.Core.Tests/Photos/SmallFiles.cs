using System.Buffers.Binary;

namespace GeoTagService.Core.Tests.Photos;

/// <summary>Pictures of formats that the codec library does not write.</summary>
internal static class SmallFiles
{
    /// <summary>A bitmap of 24 bits a pixel with a gradient, and the alternative of 32 bits with alpha.</summary>
    public static byte[] Bmp(int width, int height)
    {
        var stride = ((width * 3) + 3) / 4 * 4;
        var bytes = new byte[54 + (stride * height)];
        "BM"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(2), bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(10), 54);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(28), 24);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width * 3; x++)
            {
                bytes[54 + (y * stride) + x] = (byte)((x * 3) + (y * 5));
            }
        }

        return bytes;
    }

    /// <summary>An animated GIF of 4 × 4 pixels: first frame red, second frame blue.</summary>
    public static byte[] Gif() =>
        [.. "GIF89a"u8, 4, 0, 4, 0, 0x80, 0, 0, 200, 10, 20, 20, 10, 200, .. Frame(colour: 0), .. Frame(colour: 1), 0x3B];

    // 16 equal pixels in LZW with 3-bit codes, the code table being cleared before it grows.
    private static byte[] Frame(int colour)
    {
        var codes = new List<int>();
        for (var i = 0; i < 16; i++)
        {
            if (i % 2 == 0)
            {
                codes.Add(4);
            }

            codes.Add(colour);
        }

        codes.Add(5);
        var bits = codes.SelectMany(code => Enumerable.Range(0, 3).Select(bit => (code >> bit) & 1)).ToArray();
        var data = bits.Chunk(8).Select(b => (byte)b.Select((bit, i) => bit << i).Sum()).ToArray();
        return [0x21, 0xF9, 4, 0, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0, 4, 0, 4, 0, 0, 2, (byte)data.Length, .. data, 0];
    }
}
