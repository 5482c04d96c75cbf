using System.Runtime.Intrinsics;

namespace GeoTagService.Core.Photos;

/// <summary>Turns resized pixels of four bytes to RGB with Pillow's own integer formulas.</summary>
internal static class CropColours
{
    /// <summary>Converts pixels.</summary>
    /// <param name="source">4 bytes a pixel.</param>
    /// <param name="layout">Their meaning.</param>
    /// <param name="target">3 bytes a pixel: R, G, B.</param>
    public static void ToRgb(ReadOnlySpan<byte> source, PixelLayout layout, Span<byte> target)
    {
        var count = target.Length / 3;
        source = source[..(count * 4)];
        switch (layout)
        {
            case PixelLayout.RgbaPremultiplied:
                Unpremultiply(source, target);
                break;
            case PixelLayout.Cmyk:
                FromCmyk(source, target);
                break;
            default:
                DropFourth(source, target);
                break;
        }
    }

    /// <summary>Multiplies R, G, B by A (RGBA → RGBa), in place.</summary>
    /// <param name="pixels">4 bytes a pixel.</param>
    public static void Premultiply(Span<byte> pixels)
    {
        for (var i = 0; i + 3 < pixels.Length; i += 4)
        {
            int alpha = pixels[i + 3];
            if (alpha != 255)
            {
                pixels[i] = MultiplyBy255ths(pixels[i], alpha);
                pixels[i + 1] = MultiplyBy255ths(pixels[i + 1], alpha);
                pixels[i + 2] = MultiplyBy255ths(pixels[i + 2], alpha);
            }
        }
    }

    private static void DropFourth(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int from = 0,
            to = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            // Four pixels at once; the four bytes written too many are overwritten by the next.
            var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
            for (; to + 16 <= target.Length; from += 16, to += 12)
            {
                Vector128.Shuffle(Vector128.Create(source.Slice(from, 16)), order).CopyTo(target[to..]);
            }
        }

        for (; to < target.Length; from += 4, to += 3)
        {
            target[to] = source[from];
            target[to + 1] = source[from + 1];
            target[to + 2] = source[from + 2];
        }
    }

    // RGBa → RGBA → RGB: alpha is dropped after the division, so transparent pixels are black.
    private static void Unpremultiply(ReadOnlySpan<byte> source, Span<byte> target)
    {
        for (int from = 0, to = 0; from < source.Length; from += 4, to += 3)
        {
            int alpha = source[from + 3];
            for (var channel = 0; channel < 3; channel++)
            {
                int value = source[from + channel];
                target[to + channel] = alpha is 0 or 255 ? (byte)value : (byte)Math.Min(255 * value / alpha, 255);
            }
        }
    }

    private static void FromCmyk(ReadOnlySpan<byte> source, Span<byte> target)
    {
        for (int from = 0, to = 0; from < source.Length; from += 4, to += 3)
        {
            var light = 255 - source[from + 3];
            for (var channel = 0; channel < 3; channel++)
            {
                target[to + channel] = (byte)Math.Max(light - MultiplyBy255ths(source[from + channel], light), 0);
            }
        }
    }

    /// <summary>a × b / 255, rounded as Pillow's MULDIV255.</summary>
    private static byte MultiplyBy255ths(int a, int b)
    {
        var product = (a * b) + 128;
        return (byte)(((product >> 8) + product) >> 8);
    }
}
