using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GeoTagService.Core.Photos.Jpeg;

/// <summary>Components to pixels of four bytes with libjpeg's integer formulas.</summary>
internal static unsafe class JpegColours
{
    private const int Lanes = 8;

    // 1.402, 0.34414, 0.71414 and 1.772 with 16 bits after the point.
    private const int RedOfCr = 91881;
    private const int GreenOfCb = 22554;
    private const int GreenOfCr = 46802;
    private const int BlueOfCb = 116130;
    private const int Half = 1 << 15;

    /// <summary>Writes pixels.</summary>
    /// <param name="model">Meaning of the components.</param>
    /// <param name="a">First component.</param>
    /// <param name="b">Second component; any readable memory where there is none.</param>
    /// <param name="c">Third component; any readable memory where there is none.</param>
    /// <param name="d">Fourth component; any readable memory where there is none.</param>
    /// <param name="count">Pixels, a multiple of 8.</param>
    /// <param name="target">Receives R, G, B, 255 or C, M, Y, K.</param>
    public static void Write(JpegColourModel model, byte* a, byte* b, byte* c, byte* d, int count, byte* target)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            var first = Widen(a + i);
            var pixel = model switch
            {
                JpegColourModel.Gray => Join(first, first, first, Vector256.Create(255)),
                JpegColourModel.Rgb => Join(first, Widen(b + i), Widen(c + i), Vector256.Create(255)),
                JpegColourModel.YCbCr => Rgb(first, Widen(b + i), Widen(c + i), Vector256.Create(255)),
                JpegColourModel.Ycck => Rgb(first, Widen(b + i), Widen(c + i), Invert(Widen(d + i))),
                _ => Join(Invert(first), Invert(Widen(b + i)), Invert(Widen(c + i)), Invert(Widen(d + i))),
            };
            pixel.AsByte().Store(target + (i * 4));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Rgb(Vector256<int> y, Vector256<int> cb, Vector256<int> cr, Vector256<int> fourth)
    {
        cb -= Vector256.Create(128);
        cr -= Vector256.Create(128);
        var half = Vector256.Create(Half);
        var red = y + (((cr * Vector256.Create(RedOfCr)) + half) >> 16);
        var green = y + ((half - (cb * Vector256.Create(GreenOfCb)) - (cr * Vector256.Create(GreenOfCr))) >> 16);
        var blue = y + (((cb * Vector256.Create(BlueOfCb)) + half) >> 16);
        return Join(Clamp(red), Clamp(green), Clamp(blue), fourth);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Clamp(Vector256<int> value) =>
        Vector256.Min(Vector256.Max(value, Vector256<int>.Zero), Vector256.Create(255));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Invert(Vector256<int> value) => Vector256.Create(255) - value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Join(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d) =>
        a | (b << 8) | (c << 16) | (d << 24);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(byte* samples)
    {
        var words = Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)samples).AsByte());
        return Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsInt32();
    }
}
