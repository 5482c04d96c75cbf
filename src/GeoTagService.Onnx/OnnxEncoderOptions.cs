using System.ComponentModel.DataAnnotations;

namespace GeoTagService.Onnx;

/// <summary>Which processor runs the encoders.</summary>
public enum AcceleratorChoice
{
    /// <summary>CUDA when it loads, otherwise the CPU with one warning (default).</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>CUDA; the start fails, clearly, when it cannot be used.</summary>
    Cuda,
}

/// <summary>Which of the bundle's encoder files run.</summary>
public enum PrecisionChoice
{
    /// <summary>fp16 on CUDA when the bundle has it, otherwise fp32 (default).</summary>
    Auto,

    /// <summary>32-bit floats.</summary>
    Fp32,

    /// <summary>16-bit floats.</summary>
    Fp16,

    /// <summary>8-bit integers.</summary>
#pragma warning disable CA1720 // int8 is the field's word for it, and what the bundle's manifest writes
    Int8,
#pragma warning restore CA1720
}

/// <summary>When weights are copied into the order in which a CPU's matrix kernels read them.</summary>
public enum WeightPacking
{
    /// <summary>Before the first run: one memory image of the weights at any time (default).</summary>
    AtLoad,

    /// <summary>Behind the first answers: ready some seconds sooner, a tenth slower until it is done. Until then the
    /// weights as they lie in the files stay mapped, too.</summary>
    AfterStart,
}

/// <summary>The engine's settings, section <c>GeoTag:Onnx</c>.</summary>
public sealed record OnnxEncoderOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "GeoTag:Onnx";

    /// <summary>Which processor. Default auto.</summary>
    [EnumDataType(typeof(AcceleratorChoice))]
    public AcceleratorChoice Accelerator { get; set; } = AcceleratorChoice.Auto;

    /// <summary>Which precision. Default auto. A precision that the bundle lacks stops the start.</summary>
    [EnumDataType(typeof(PrecisionChoice))]
    public PrecisionChoice Precision { get; set; } = PrecisionChoice.Auto;

    /// <summary>Threads that one run uses; 0 (default) takes every physical core that the process may use. 0 to 1,024.</summary>
    [Range(0, 1024)]
    public int IntraOpThreads { get; set; }

    /// <summary>Runs on the CPU that may be under way at once. Default 1: a run already has every core. Each brings a thread
    /// of its own beside the others of <see cref="IntraOpThreads"/>, which all runs share. Many cores may want more;
    /// <c>geotag models tune</c> measures it. 1 to 256. Without effect on CUDA.</summary>
    [Range(1, 256)]
    public int ConcurrentRuns { get; set; } = 1;

    /// <summary>Whether the run's threads spin between operators instead of sleeping. Default false: spinning saves a few
    /// wake-ups on an idle machine and costs far more where decoding, HTTP or other processes want the same cores.</summary>
    public bool Spinning { get; set; }

    /// <summary>When weights are repacked. Default at load; the service sets after start. Without effect on CUDA.</summary>
    [EnumDataType(typeof(WeightPacking))]
    public WeightPacking PackWeights { get; set; } = WeightPacking.AtLoad;

    /// <summary>Whether freed tensors are kept for the next run. Default true.</summary>
    public bool MemoryArena { get; set; } = true;

    /// <summary>Index of the CUDA device. Default 0.</summary>
    [Range(0, 64)]
    public int DeviceId { get; set; }
}
