using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GeoTagService.Core.Photos;

/// <summary>Weighs rows against each other: Pillow's ImagingResampleVertical_8bpc. The rows lie in a ring, of which
/// only the newest that an output needs are kept.</summary>
internal static unsafe class VerticalPass
{
    /// <summary>Rows of the ring are whole multiples of this many bytes, so that no vector needs a tail.</summary>
    public const int RowAlignment = 64;

    /// <summary>Computes one output row.</summary>
    /// <param name="ring">First byte of the ring.</param>
    /// <param name="ringRows">Rows in the ring; input row r lies at r modulo this.</param>
    /// <param name="stride">Bytes a row, a multiple of <see cref="RowAlignment"/>.</param>
    /// <param name="start">First input row that is weighed.</param>
    /// <param name="weights">A weight for each input row.</param>
    /// <param name="target"><paramref name="stride"/> bytes.</param>
    /// <param name="instructions">Vector width, one that this processor supports.</param>
    public static void Run(
        byte* ring,
        int ringRows,
        int stride,
        int start,
        ReadOnlySpan<int> weights,
        byte* target,
        ResampleInstructions instructions
    )
    {
        for (var column = 0; column < stride; column += RowAlignment)
        {
            switch (instructions)
            {
                case ResampleInstructions.Vector512:
                    Columns512(ring + column, ringRows, stride, start, weights, target + column);
                    break;
                case ResampleInstructions.Vector256:
                    for (var part = 0; part < RowAlignment; part += 32)
                    {
                        Columns256(ring + column + part, ringRows, stride, start, weights, target + column + part);
                    }

                    break;
                case ResampleInstructions.Vector128:
                    for (var part = 0; part < RowAlignment; part += 16)
                    {
                        Columns128(ring + column + part, ringRows, stride, start, weights, target + column + part);
                    }

                    break;
                default:
                    ColumnsScalar(ring + column, ringRows, stride, start, weights, target + column);
                    break;
            }
        }
    }

    private static void Columns512(byte* ring, int ringRows, int stride, int start, ReadOnlySpan<int> weights, byte* target)
    {
        var half = Vector512.Create(HorizontalPass.Half);
        Vector512<int> a = half,
            b = half,
            c = half,
            d = half;
        var index = start % ringRows;
        foreach (var w in weights)
        {
            var row = ring + ((nint)index * stride);
            var weight = Vector512.Create(w);
            a += Avx512F.ConvertToVector512Int32(Vector128.Load(row)) * weight;
            b += Avx512F.ConvertToVector512Int32(Vector128.Load(row + 16)) * weight;
            c += Avx512F.ConvertToVector512Int32(Vector128.Load(row + 32)) * weight;
            d += Avx512F.ConvertToVector512Int32(Vector128.Load(row + 48)) * weight;
            index = index + 1 == ringRows ? 0 : index + 1;
        }

        Round512(a).Store(target);
        Round512(b).Store(target + 16);
        Round512(c).Store(target + 32);
        Round512(d).Store(target + 48);
    }

    private static void Columns256(byte* ring, int ringRows, int stride, int start, ReadOnlySpan<int> weights, byte* target)
    {
        var half = Vector256.Create(HorizontalPass.Half);
        Vector256<int> a = half,
            b = half,
            c = half,
            d = half;
        var index = start % ringRows;
        foreach (var w in weights)
        {
            var row = ring + ((nint)index * stride);
            var weight = Vector256.Create(w);
            a += Avx2.ConvertToVector256Int32(row) * weight;
            b += Avx2.ConvertToVector256Int32(row + 8) * weight;
            c += Avx2.ConvertToVector256Int32(row + 16) * weight;
            d += Avx2.ConvertToVector256Int32(row + 24) * weight;
            index = index + 1 == ringRows ? 0 : index + 1;
        }

        Vector256
            .Narrow(Vector256.Narrow(Round256(a), Round256(b)).AsUInt16(), Vector256.Narrow(Round256(c), Round256(d)).AsUInt16())
            .Store(target);
    }

    private static void Columns128(byte* ring, int ringRows, int stride, int start, ReadOnlySpan<int> weights, byte* target)
    {
        var half = Vector128.Create(HorizontalPass.Half);
        Vector128<int> a = half,
            b = half,
            c = half,
            d = half;
        var index = start % ringRows;
        foreach (var w in weights)
        {
            var bytes = Vector128.Load(ring + ((nint)index * stride));
            var weight = Vector128.Create(w);
            var (low, high) = Vector128.Widen(bytes);
            var (first, second) = Vector128.Widen(low);
            var (third, fourth) = Vector128.Widen(high);
            a += first.AsInt32() * weight;
            b += second.AsInt32() * weight;
            c += third.AsInt32() * weight;
            d += fourth.AsInt32() * weight;
            index = index + 1 == ringRows ? 0 : index + 1;
        }

        Vector128
            .Narrow(Vector128.Narrow(Round128(a), Round128(b)).AsUInt16(), Vector128.Narrow(Round128(c), Round128(d)).AsUInt16())
            .Store(target);
    }

    private static void ColumnsScalar(byte* ring, int ringRows, int stride, int start, ReadOnlySpan<int> weights, byte* target)
    {
        for (var column = 0; column < RowAlignment; column++)
        {
            var sum = HorizontalPass.Half;
            var index = start % ringRows;
            foreach (var w in weights)
            {
                sum += ring[((nint)index * stride) + column] * w;
                index = index + 1 == ringRows ? 0 : index + 1;
            }

            target[column] = (byte)Math.Clamp(sum >> ResampleKernel.PrecisionBits, 0, 255);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Round512(Vector512<int> sum) =>
        Avx512F.ConvertToVector128ByteWithSaturation(Vector512.Max(sum >> ResampleKernel.PrecisionBits, Vector512<int>.Zero).AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Round256(Vector256<int> sum) =>
        Vector256.Min(Vector256.Max(sum >> ResampleKernel.PrecisionBits, Vector256<int>.Zero), Vector256.Create(255));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Round128(Vector128<int> sum) =>
        Vector128.Min(Vector128.Max(sum >> ResampleKernel.PrecisionBits, Vector128<int>.Zero), Vector128.Create(255));
}
