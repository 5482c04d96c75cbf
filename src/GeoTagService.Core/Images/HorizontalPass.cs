using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GeoTagService.Core.Images;

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
        fixed (int* weights = kernel.Weights, starts = kernel.Starts, counts = kernel.Counts)
        {
            for (var i = 0; i < kernel.Length; i++)
            {
                var pixels = row + ((starts[i] - left) * 4);
                var weight = weights + (i * kernel.Stride);
                var output = (uint*)(target + (i * 4));
                *output = instructions switch
                {
                    ResampleInstructions.Vector512 => Sum512(pixels, weight, counts[i]),
                    ResampleInstructions.Vector256 => Sum256(pixels, weight, counts[i]),
                    ResampleInstructions.Vector128 => Sum128(pixels, weight, counts[i]),
                    _ => SumScalar(pixels, weight, counts[i]),
                };
            }
        }
    }

    // Zeros follow the weights up to a whole group, so a vector may weigh pixels behind the last one with nothing.
    private static uint Sum512(byte* pixels, int* weights, int taps)
    {
        var spread = Vector512.Create(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
        var sum = Vector512<int>.Zero;
        for (var t = 0; t < taps; t += 4)
        {
            var values = Avx512F.ConvertToVector512Int32(Vector128.Load(pixels + (t * 4)));
            var group = Vector128.Load(weights + t).ToVector256Unsafe().ToVector512Unsafe();
            sum += values * Avx512F.PermuteVar16x32(group, spread);
        }

        var half = sum.GetLower() + sum.GetUpper();
        return Round(half.GetLower() + half.GetUpper());
    }

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
        int a = Half, b = Half, c = Half, d = Half;
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
