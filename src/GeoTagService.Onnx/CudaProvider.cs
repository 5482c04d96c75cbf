using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Onnx;

/// <summary>
/// ONNX Runtime's CUDA provider. It is there only in a build with <c>-p:Accelerator=cuda</c>, which takes the GPU
/// package in place of the CPU one.
/// </summary>
internal static class CudaProvider
{
    private const string ProviderName = "CUDAExecutionProvider";

    /// <summary>Why CUDA cannot be used, as a clause for a sentence; null when it can.</summary>
    public static string? WhyUnusable(OnnxEncoderOptions options)
    {
        if (!OrtEnv.Instance().GetAvailableProviders().Contains(ProviderName, StringComparer.Ordinal))
        {
            return "this build carries the CPU package of ONNX Runtime; build with -p:Accelerator=cuda";
        }

        try
        {
            // Loads the provider's library and, with it, CUDA and cuDNN: what is missing shows here, not at a session's
            // creation, where ONNX Runtime would fall back to the CPU without a word.
            using var probe = new SessionOptions();
            Append(probe, options);
            return null;
        }
        catch (Exception failure) when (failure is OnnxRuntimeException or DllNotFoundException or EntryPointNotFoundException)
        {
            return failure.Message;
        }
    }

    /// <summary>Adds the provider to a session's options.</summary>
    public static void Append(SessionOptions session, OnnxEncoderOptions options)
    {
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(new Dictionary<string, string>
        {
            ["device_id"] = options.DeviceId.ToString(),
            // Grown by what is asked for, not doubled: two towers share one card.
            ["arena_extend_strategy"] = "kSameAsRequested",
            // TensorFloat-32 keeps ten bits of a product's mantissa: faster, and beyond our promise of 1e-4.
            ["use_tf32"] = "0",
        });
        session.AppendExecutionProvider_CUDA(cuda);
    }
}
