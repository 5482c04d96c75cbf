using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GeoTagService.Core.Photos;

/// <summary>Weighs the pixels of one row along the row: Pillow's ImagingResampleHorizontal_8bpc for 4 bytes a pixel.</summary>
internal static unsafe class HorizontalPass
{
    /// <summary>Half a unit of the last place, so that the shift rounds to nearest.</summary>
    internal const int Half = 1 << (ResampleKernel.PrecisionBits - 1);

    /// <summary>Computes every kept output of one row.</summary>
    /// <param name="row">First pixel of the row; <see cref="ImageRows.RowPadding"/> bytes behind its last are readable.</param>
    /// <param name="left">Column that <paramref name="row"/> starts with.</param>
    /// <param name="kernel">Weights.</param>
    /// <param name="target">4 × kernel length bytes.</param>
    /// <param name="instructions">Vector width, one that this processor supports.</param>
    public static void Run(byte* row, int left, ResampleKernel kernel, byte* target, ResampleInstructions instructions)
    {
        if (instructions == ResampleInstructions.Vector512)
        {
            Run512(row - (left * 4), kernel, target);
            return;
        }

        fixed (
            int* weights = kernel.Weights,
                starts = kernel.Starts,
                counts = kernel.Counts
        )
        {
            for (var i = 0; i < kernel.Length; i++)
            {
                var pixels = row + ((starts[i] - left) * 4);
                var weight = weights + (i * kernel.Stride);
                var output = (uint*)(target + (i * 4));
                *output = instructions switch
                {
                    ResampleInstructions.Vector256 => Sum256(pixels, weight, counts[i]),
                    ResampleInstructions.Vector128 => Sum128(pixels, weight, counts[i]),
                    _ => SumScalar(pixels, weight, counts[i]),
                };
            }
        }
    }

    // Four outputs at a time: their partial sums are added across in one go, and 16 bytes are written at once.
    private static void Run512(byte* row, ResampleKernel kernel, byte* target)
    {
        var spread = Vector512.Create(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
        var half = Vector512.Create(Half);
        var stride = kernel.Stride;
        fixed (
            int* weights = kernel.WholeWeights,
                starts = kernel.WholeStarts
        )
        {
            var i = 0;
            for (; i + 4 <= kernel.Length; i += 4)
            {
                Vector512<int> a = default,
                    b = default,
                    c = default,
                    d = default;
                var weight = weights + (i * stride);
                byte* p = row + (starts[i] * 4),
                    q = row + (starts[i + 1] * 4);
                byte* r = row + (starts[i + 2] * 4),
                    s = row + (starts[i + 3] * 4);
                for (var t = 0; t < stride; t += 4)
                {
                    a += Weigh(p + (t * 4), weight + t, spread);
                    b += Weigh(q + (t * 4), weight + stride + t, spread);
                    c += Weigh(r + (t * 4), weight + (2 * stride) + t, spread);
                    d += Weigh(s + (t * 4), weight + (3 * stride) + t, spread);
                }

                var ab = Avx512F.Shuffle4x128(a, b, 0x44) + Avx512F.Shuffle4x128(a, b, 0xEE);
                var cd = Avx512F.Shuffle4x128(c, d, 0x44) + Avx512F.Shuffle4x128(c, d, 0xEE);
                var sum = Avx512F.Shuffle4x128(ab, cd, 0x88) + Avx512F.Shuffle4x128(ab, cd, 0xDD) + half;
                var values = Vector512.Max(sum >> ResampleKernel.PrecisionBits, Vector512<int>.Zero).AsUInt32();
                Avx512F.ConvertToVector128ByteWithSaturation(values).Store(target + (i * 4));
            }

            for (; i < kernel.Length; i++)
            {
                var sum = Vector512<int>.Zero;
                for (var t = 0; t < stride; t += 4)
                {
                    sum += Weigh(row + ((starts[i] + t) * 4), weights + (i * stride) + t, spread);
                }

                var part = sum.GetLower() + sum.GetUpper();
                *(uint*)(target + (i * 4)) = Round(part.GetLower() + part.GetUpper());
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Weigh(byte* pixels, int* weights, Vector512<int> spread)
    {
        var group = Vector128.Load(weights).ToVector256Unsafe().ToVector512Unsafe();
        return Avx512F.ConvertToVector512Int32(Vector128.Load(pixels)) * Avx512F.PermuteVar16x32(group, spread);
    }

    // Zeros follow the weights up to a whole group, so a vector may weigh pixels behind the last one with nothing.
    private static uint Sum256(byte* pixels, int* weights, int taps)
    {
        var sum = Vector256<int>.Zero;
        for (var t = 0; t < taps; t += 2)
        {
            var values = Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(*(ulong*)(pixels + (t * 4))).AsByte());
            sum += values * Vector256.Create(Vector128.Create(weights[t]), Vector128.Create(weights[t + 1]));
        }

        return Round(sum.GetLower() + sum.GetUpper());
    }

    private static uint Sum128(byte* pixels, int* weights, int taps)
    {
        var sum = Vector128<int>.Zero;
        for (var t = 0; t < taps; t++)
        {
            var bytes = Vector128.CreateScalar(*(uint*)(pixels + (t * 4))).AsByte();
            sum += Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32() * Vector128.Create(weights[t]);
        }

        return Round(sum);
    }

    private static uint SumScalar(byte* pixels, int* weights, int taps)
    {
        int a = Half,
            b = Half,
            c = Half,
            d = Half;
        for (var t = 0; t < taps; t++, pixels += 4)
        {
            var weight = weights[t];
            a += pixels[0] * weight;
            b += pixels[1] * weight;
            c += pixels[2] * weight;
            d += pixels[3] * weight;
        }

        return Clamp(a) | (Clamp(b) << 8) | (Clamp(c) << 16) | (Clamp(d) << 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Round(Vector128<int> sum)
    {
        var values = (sum + Vector128.Create(Half)) >> ResampleKernel.PrecisionBits;
        values = Vector128.Min(Vector128.Max(values, Vector128<int>.Zero), Vector128.Create(255));
        var shorts = Vector128.Narrow(values, values);
        return Vector128.Narrow(shorts.AsUInt16(), shorts.AsUInt16()).AsUInt32().ToScalar();
    }

    private static uint Clamp(int sum) => (uint)Math.Clamp(sum >> ResampleKernel.PrecisionBits, 0, 255);
}
