using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace GeoTagService.Onnx;

/// <summary>Whether this processor adds up 8-bit products without losing any.</summary>
internal static class EightBitProducts
{
    private const int ExtendedFeatures = 7;
    private const int Avx512VnniBit = 11;

    /// <summary>
    /// True with AVX512-VNNI or AVX-VNNI, and on ARM. Older x86 processors multiply signed by unsigned bytes with an
    /// instruction that adds two products in 16 bits and cuts off what does not fit.
    /// </summary>
    public static bool AreExact { get; } = Avx512Vnni || AvxVnni.IsSupported || AdvSimd.IsSupported;

    // The runtime has no class for AVX512-VNNI; leaf 7 of CPUID tells, and AVX-512 itself must be usable.
    private static bool Avx512Vnni =>
        X86Base.IsSupported
        && Avx512F.IsSupported
        && X86Base.CpuId(0, 0).Eax >= ExtendedFeatures
        && ((X86Base.CpuId(ExtendedFeatures, 0).Ecx >> Avx512VnniBit) & 1) == 1;
}
