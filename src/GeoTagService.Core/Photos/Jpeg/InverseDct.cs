using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GeoTagService.Core.Photos.Jpeg;

/// <summary>
/// The accurate integer inverse DCT after Loeffler, Ligtenberg and Moschytz with 13 bits after the point, as every
/// libjpeg computes it by default: the same operations, so the same pixels.
/// </summary>
internal static unsafe class InverseDct
{
    private const int ConstBits = 13;
    private const int Pass1Bits = 2;

    /// <summary>Transforms a block and adds 128.</summary>
    /// <param name="block">64 dequantized coefficients, row by row.</param>
    /// <param name="target">First pixel; receives 8 rows of 8.</param>
    /// <param name="stride">Bytes between rows.</param>
    public static void Run(int* block, byte* target, int stride)
    {
        if (Avx2.IsSupported)
        {
            RunVectors(block, target, stride);
        }
        else
        {
            RunScalar(block, target, stride);
        }
    }

    /// <summary>A block that has no coefficient but the first.</summary>
    public static void RunFlat(int first, byte* target, int stride)
    {
        var value = (byte)Math.Clamp(((first << Pass1Bits) + (1 << (Pass1Bits + 2)) >> (Pass1Bits + 3)) + 128, 0, 255);
        var eight = value * 0x0101010101010101UL;
        for (var y = 0; y < 8; y++)
        {
            *(ulong*)(target + (y * stride)) = eight;
        }
    }

    /// <summary>One number at a time, for processors without AVX2.</summary>
    internal static void RunScalar(int* block, byte* target, int stride)
    {
        var work = stackalloc int[64];
        for (var x = 0; x < 8; x++)
        {
            Transform(
                block[x],
                block[x + 8],
                block[x + 16],
                block[x + 24],
                block[x + 32],
                block[x + 40],
                block[x + 48],
                block[x + 56],
                ConstBits - Pass1Bits,
                work + x,
                8
            );
        }

        var row = stackalloc int[8];
        for (var y = 0; y < 8; y++)
        {
            var w = work + (y * 8);
            Transform(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], ConstBits + Pass1Bits + 3, row, 1);
            for (var x = 0; x < 8; x++)
            {
                target[(y * stride) + x] = (byte)Math.Clamp(row[x] + 128, 0, 255);
            }
        }
    }

    private static void Transform(int i0, int i1, int i2, int i3, int i4, int i5, int i6, int i7, int shift, int* output, int step)
    {
        var z1 = (i2 + i6) * 4433;
        var even2 = z1 - (i6 * 15137);
        var even3 = z1 + (i2 * 6270);
        var even0 = (i0 + i4) << ConstBits;
        var even1 = (i0 - i4) << ConstBits;
        int a = even0 + even3,
            d = even0 - even3,
            b = even1 + even2,
            c = even1 - even2;
        var z5 = (i7 + i3 + i5 + i1) * 9633;
        var z3 = ((i7 + i3) * -16069) + z5;
        var z4 = ((i5 + i1) * -3196) + z5;
        var y1 = (i7 + i1) * -7373;
        var y2 = (i5 + i3) * -20995;
        var o0 = (i7 * 2446) + y1 + z3;
        var o1 = (i5 * 16819) + y2 + z4;
        var o2 = (i3 * 25172) + y2 + z3;
        var o3 = (i1 * 12299) + y1 + z4;
        var half = 1 << (shift - 1);
        output[0] = (a + o3 + half) >> shift;
        output[7 * step] = (a - o3 + half) >> shift;
        output[step] = (b + o2 + half) >> shift;
        output[6 * step] = (b - o2 + half) >> shift;
        output[2 * step] = (c + o1 + half) >> shift;
        output[5 * step] = (c - o1 + half) >> shift;
        output[3 * step] = (d + o0 + half) >> shift;
        output[4 * step] = (d - o0 + half) >> shift;
    }

    private static void RunVectors(int* block, byte* target, int stride)
    {
        var r0 = Vector256.Load(block);
        var r1 = Vector256.Load(block + 8);
        var r2 = Vector256.Load(block + 16);
        var r3 = Vector256.Load(block + 24);
        var r4 = Vector256.Load(block + 32);
        var r5 = Vector256.Load(block + 40);
        var r6 = Vector256.Load(block + 48);
        var r7 = Vector256.Load(block + 56);
        Transform(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, ConstBits - Pass1Bits);
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        Transform(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, ConstBits + Pass1Bits + 3);
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        Store(r0, r1, r2, r3, target, stride);
        Store(r4, r5, r6, r7, target + (4 * stride), stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transform(
        ref Vector256<int> r0,
        ref Vector256<int> r1,
        ref Vector256<int> r2,
        ref Vector256<int> r3,
        ref Vector256<int> r4,
        ref Vector256<int> r5,
        ref Vector256<int> r6,
        ref Vector256<int> r7,
        int shift
    )
    {
        var z1 = (r2 + r6) * Vector256.Create(4433);
        var even2 = z1 - (r6 * Vector256.Create(15137));
        var even3 = z1 + (r2 * Vector256.Create(6270));
        var even0 = (r0 + r4) << ConstBits;
        var even1 = (r0 - r4) << ConstBits;
        var half = Vector256.Create(1 << (shift - 1));
        var a = even0 + even3 + half;
        var d = even0 - even3 + half;
        var b = even1 + even2 + half;
        var c = even1 - even2 + half;
        var s73 = r7 + r3;
        var s51 = r5 + r1;
        var z5 = (s73 + s51) * Vector256.Create(9633);
        var z3 = z5 - (s73 * Vector256.Create(16069));
        var z4 = z5 - (s51 * Vector256.Create(3196));
        var y1 = (r7 + r1) * Vector256.Create(7373);
        var y2 = (r5 + r3) * Vector256.Create(20995);
        var o0 = (r7 * Vector256.Create(2446)) - y1 + z3;
        var o1 = (r5 * Vector256.Create(16819)) - y2 + z4;
        var o2 = (r3 * Vector256.Create(25172)) - y2 + z3;
        var o3 = (r1 * Vector256.Create(12299)) - y1 + z4;
        r0 = (a + o3) >> shift;
        r7 = (a - o3) >> shift;
        r1 = (b + o2) >> shift;
        r6 = (b - o2) >> shift;
        r2 = (c + o1) >> shift;
        r5 = (c - o1) >> shift;
        r3 = (d + o0) >> shift;
        r4 = (d - o0) >> shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector256<int> r0,
        ref Vector256<int> r1,
        ref Vector256<int> r2,
        ref Vector256<int> r3,
        ref Vector256<int> r4,
        ref Vector256<int> r5,
        ref Vector256<int> r6,
        ref Vector256<int> r7
    )
    {
        var a0 = Avx2.UnpackLow(r0, r1).AsInt64();
        var a1 = Avx2.UnpackHigh(r0, r1).AsInt64();
        var a2 = Avx2.UnpackLow(r2, r3).AsInt64();
        var a3 = Avx2.UnpackHigh(r2, r3).AsInt64();
        var a4 = Avx2.UnpackLow(r4, r5).AsInt64();
        var a5 = Avx2.UnpackHigh(r4, r5).AsInt64();
        var a6 = Avx2.UnpackLow(r6, r7).AsInt64();
        var a7 = Avx2.UnpackHigh(r6, r7).AsInt64();
        var b0 = Avx2.UnpackLow(a0, a2).AsInt32();
        var b1 = Avx2.UnpackHigh(a0, a2).AsInt32();
        var b2 = Avx2.UnpackLow(a1, a3).AsInt32();
        var b3 = Avx2.UnpackHigh(a1, a3).AsInt32();
        var b4 = Avx2.UnpackLow(a4, a6).AsInt32();
        var b5 = Avx2.UnpackHigh(a4, a6).AsInt32();
        var b6 = Avx2.UnpackLow(a5, a7).AsInt32();
        var b7 = Avx2.UnpackHigh(a5, a7).AsInt32();
        r0 = Avx2.Permute2x128(b0, b4, 0x20);
        r1 = Avx2.Permute2x128(b1, b5, 0x20);
        r2 = Avx2.Permute2x128(b2, b6, 0x20);
        r3 = Avx2.Permute2x128(b3, b7, 0x20);
        r4 = Avx2.Permute2x128(b0, b4, 0x31);
        r5 = Avx2.Permute2x128(b1, b5, 0x31);
        r6 = Avx2.Permute2x128(b2, b6, 0x31);
        r7 = Avx2.Permute2x128(b3, b7, 0x31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> r0, Vector256<int> r1, Vector256<int> r2, Vector256<int> r3, byte* target, int stride)
    {
        var bias = Vector256.Create(128);
        var low = Avx2.PackSignedSaturate(r0 + bias, r1 + bias);
        var high = Avx2.PackSignedSaturate(r2 + bias, r3 + bias);
        var bytes = Avx2.PackUnsignedSaturate(low, high).AsInt32();

        // Packing works within halves: bring the halves of each row together.
        var rows = Avx2.PermuteVar8x32(bytes, Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsUInt64();
        *(ulong*)target = rows[0];
        *(ulong*)(target + stride) = rows[1];
        *(ulong*)(target + (2 * stride)) = rows[2];
        *(ulong*)(target + (3 * stride)) = rows[3];
    }
}
