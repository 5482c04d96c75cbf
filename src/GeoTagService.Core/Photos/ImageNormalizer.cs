using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GeoTagService.Core.Photos;

/// <summary>Pixels to the numbers that an encoder takes, with torchvision's float32 operations one by one.</summary>
public static class ImageNormalizer
{
    private const int Channels = 3;
    private const int Lanes = 16;

    /// <summary>(value / 255 − mean) / std for each channel, each step rounded to float32 as ToTensor and Normalize do.</summary>
    /// <param name="crop">Interleaved R, G, B bytes, pixel by pixel.</param>
    /// <param name="mean">Mean of each of the 3 channels, on the scale 0..1.</param>
    /// <param name="std">Standard deviation of each of the 3 channels, on the scale 0..1, not 0.</param>
    /// <param name="chw">Receives as many numbers as <paramref name="crop"/> has bytes: all R, then all G, then all B.</param>
    public static void Normalize(ReadOnlySpan<byte> crop, ReadOnlySpan<float> mean, ReadOnlySpan<float> std, Span<float> chw)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(mean.Length, Channels);
        ArgumentOutOfRangeException.ThrowIfNotEqual(std.Length, Channels);
        ArgumentOutOfRangeException.ThrowIfNotEqual(crop.Length % Channels, 0);
        ArgumentOutOfRangeException.ThrowIfNotEqual(chw.Length, crop.Length);
        var pixels = crop.Length / Channels;
        var done = Vector128.IsHardwareAccelerated ? NormalizeVectors(crop, mean, std, chw, pixels) : 0;
        for (var channel = 0; channel < Channels; channel++)
        {
            var plane = chw.Slice(channel * pixels, pixels);
            for (var i = done; i < pixels; i++)
            {
                plane[i] = ((crop[(i * Channels) + channel] / 255f) - mean[channel]) / std[channel];
            }
        }
    }

    private static int NormalizeVectors(
        ReadOnlySpan<byte> crop,
        ReadOnlySpan<float> mean,
        ReadOnlySpan<float> std,
        Span<float> chw,
        int pixels
    )
    {
        ref var source = ref MemoryMarshal.GetReference(crop);
        ref var target = ref MemoryMarshal.GetReference(chw);
        var i = 0;
        for (; i + Lanes <= pixels; i += Lanes)
        {
            var first = Vector128.LoadUnsafe(ref source, (nuint)(i * Channels));
            var second = Vector128.LoadUnsafe(ref source, (nuint)((i * Channels) + 16));
            var third = Vector128.LoadUnsafe(ref source, (nuint)((i * Channels) + 32));

            // 16 pixels are 48 bytes; an index of 255 gives 0, so the three parts can be joined by "or".
            var red =
                Vector128.Shuffle(first, Vector128.Create((byte)0, 3, 6, 9, 12, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
                | Vector128.Shuffle(second, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 2, 5, 8, 11, 14, 255, 255, 255, 255, 255))
                | Vector128.Shuffle(third, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 4, 7, 10, 13));
            var green =
                Vector128.Shuffle(first, Vector128.Create((byte)1, 4, 7, 10, 13, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
                | Vector128.Shuffle(second, Vector128.Create((byte)255, 255, 255, 255, 255, 0, 3, 6, 9, 12, 15, 255, 255, 255, 255, 255))
                | Vector128.Shuffle(third, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2, 5, 8, 11, 14));
            var blue =
                Vector128.Shuffle(first, Vector128.Create((byte)2, 5, 8, 11, 14, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
                | Vector128.Shuffle(second, Vector128.Create((byte)255, 255, 255, 255, 255, 1, 4, 7, 10, 13, 255, 255, 255, 255, 255, 255))
                | Vector128.Shuffle(third, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 3, 6, 9, 12, 15));
            Store(red, mean[0], std[0], ref Unsafe.Add(ref target, i));
            Store(green, mean[1], std[1], ref Unsafe.Add(ref target, pixels + i));
            Store(blue, mean[2], std[2], ref Unsafe.Add(ref target, (2 * pixels) + i));
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<byte> values, float mean, float std, ref float target)
    {
        var (low, high) = Vector128.Widen(values);
        var (a, b) = Vector128.Widen(low);
        var (c, d) = Vector128.Widen(high);
        Store(Vector256.Create(a, b), mean, std, ref target);
        Store(Vector256.Create(c, d), mean, std, ref Unsafe.Add(ref target, 8));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<uint> values, float mean, float std, ref float target)
    {
        // Divisions, not multiplications with a reciprocal: those would round differently.
        var scaled = Vector256.ConvertToSingle(values.AsInt32()) / Vector256.Create(255f);
        ((scaled - Vector256.Create(mean)) / Vector256.Create(std)).StoreUnsafe(ref target);
    }
}
