using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Onnx;

/// <summary>
/// ONNX Runtime's CUDA provider. It is there only in a build with <c>-p:Accelerator=cuda</c>, which takes the GPU
/// package in place of the CPU one.
/// </summary>
internal static class CudaProvider
{
    private const string ProviderName = "CUDAExecutionProvider";

    /// <summary>Generation of CUDA that the provider was built with.</summary>
    private const int CudaGeneration = 13;

    /// <summary>Whether this build carries the provider at all.</summary>
    public static bool IsInThisBuild => OrtEnv.Instance().GetAvailableProviders().Contains(ProviderName, StringComparer.Ordinal);

    /// <summary>Opens the card's runtime.</summary>
    /// <param name="options">Which card.</param>
    /// <param name="why">Why CUDA cannot be used, as a clause for a sentence.</param>
    /// <returns>The runtime, or null when CUDA cannot be used.</returns>
    public static CudaRuntime? Open(OnnxEncoderOptions options, out string why)
    {
        if (!IsInThisBuild)
        {
            why = "this build carries the CPU package of ONNX Runtime; build with -p:Accelerator=cuda";
            return null;
        }

        try
        {
            // What is missing must show here: a session would run on the CPU without a word, or fail when it is first run.
            why = CudaLibraries.WhyMissing() ?? "";
            if (why.Length > 0)
            {
                return null;
            }

            var runtime = new CudaRuntime();
            why = WhyNoDevice(runtime, options.DeviceId) ?? "";
            if (why.Length > 0)
            {
                return null;
            }

            using var probe = new SessionOptions();
            Append(probe, options, sessions: 1);
            return runtime;
        }
        catch (Exception failure)
            when (failure is OnnxRuntimeException or CudaException or DllNotFoundException or EntryPointNotFoundException)
        {
            why = failure.Message.ReplaceLineEndings(" ").TrimEnd();
            return null;
        }
    }

    /// <summary>Adds the provider to a session's options.</summary>
    /// <param name="session">The session's options.</param>
    /// <param name="options">Ours.</param>
    /// <param name="sessions">How many sessions share the card's memory.</param>
    public static void Append(SessionOptions session, OnnxEncoderOptions options, int sessions)
    {
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(Settings(options, sessions));
        session.AppendExecutionProvider_CUDA(cuda);
    }

    /// <summary>The provider's settings, by its names.</summary>
    internal static Dictionary<string, string> Settings(OnnxEncoderOptions options, int sessions)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["device_id"] = options.DeviceId.ToString(),
            // Grown by what is asked for, not doubled: towers share one card.
            ["arena_extend_strategy"] = "kSameAsRequested",
            // TensorFloat-32 keeps ten bits of a product's mantissa: faster, and beyond our promise of 1e-4.
            ["use_tf32"] = options.TensorFloat32 ? "1" : "0",
            // Only the miniature's photo tower and foreign ones have convolutions; trying all kernels at every size would take minutes.
            ["cudnn_conv_algo_search"] = "HEURISTIC",
            ["enable_cuda_graph"] = options.CudaGraphs ? "1" : "0",
        };
        if (options.CardMemory > 0)
        {
            // ONNX Runtime counts for each session.
            settings["gpu_mem_limit"] = (((long)options.CardMemory << 20) / sessions).ToString();
        }

        return settings;
    }

    private static string? WhyNoDevice(CudaRuntime runtime, int device)
    {
        var driver = runtime.DriverVersion();
        if (driver.Major < CudaGeneration)
        {
            return driver.Major == 0
                ? "there is no driver of a card"
                : $"the card's driver is for CUDA {driver}, and CUDA {CudaGeneration} is needed";
        }

        var count = runtime.CountDevices();
        return device < count
            ? null
            : $"GeoTag:Onnx:DeviceId is {device}, and there {(count == 1 ? "is 1 card, number 0" : $"are {count} cards, from 0 on")}";
    }
}
