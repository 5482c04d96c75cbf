using System.Runtime.InteropServices;

namespace GeoTagService.Onnx;

/// <summary>The libraries of CUDA and cuDNN that ONNX Runtime's provider runs on, by the names under which it opens them. A test
/// reads the same names off the provider's own file.</summary>
internal static class CudaLibraries
{
    /// <summary>The runtime: copies, streams, errors.</summary>
    public static string Runtime => OperatingSystem.IsWindows() ? "cudart64_13.dll" : "libcudart.so.13";

    /// <summary>Opened by the provider only when it makes a stream, when it is too late to do without.</summary>
    public static string Cudnn => OperatingSystem.IsWindows() ? "cudnn64_9.dll" : "libcudnn.so.9";

    /// <summary>All, the driver's first.</summary>
    public static IReadOnlyList<string> All { get; } =
        OperatingSystem.IsWindows()
            ? ["nvcuda.dll", Runtime, "cublasLt64_13.dll", "cublas64_13.dll", Cudnn]
            : ["libcuda.so.1", Runtime, "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", Cudnn];

    /// <summary>Opens all of them, for as long as the process lives.</summary>
    /// <returns>Why one cannot be opened, as a clause for a sentence; null when all are there.</returns>
    public static string? WhyMissing()
    {
        foreach (var name in All)
        {
            try
            {
                NativeLibrary.Load(name, typeof(CudaLibraries).Assembly, null);
            }
            catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
            {
                return $"{name} cannot be opened; {Owner(name)}";
            }
        }

        return null;
    }

    private static string Owner(string name) =>
        name == Cudnn ? "cuDNN 9 is needed"
        : name == All[0] ? "the card's driver brings it, and in a container the runtime that hands the card in"
        : "CUDA 13 is needed";
}
