using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GeoTagService.Core.Photos;

/// <summary>How wide the resampler computes. Every choice gives the same bits: the sums are of integers.</summary>
internal enum ResampleInstructions
{
    /// <summary>One channel at a time; runs everywhere.</summary>
    Scalar,

    /// <summary>128-bit vectors, any processor that has them.</summary>
    Vector128,

    /// <summary>AVX2.</summary>
    Vector256,

    /// <summary>AVX-512.</summary>
    Vector512,
}

/// <summary>What this processor can do.</summary>
internal static class ResampleInstructionsSupport
{
    /// <summary>The widest choice that this processor runs well.</summary>
    public static ResampleInstructions Best => Enum.GetValues<ResampleInstructions>().Where(IsSupported).Max();

    /// <summary>Whether this processor runs the choice.</summary>
    public static bool IsSupported(ResampleInstructions instructions) =>
        instructions switch
        {
            ResampleInstructions.Vector512 => Avx512F.IsSupported && Vector512.IsHardwareAccelerated,
            ResampleInstructions.Vector256 => Avx2.IsSupported,
            ResampleInstructions.Vector128 => Vector128.IsHardwareAccelerated,
            _ => true,
        };
}
