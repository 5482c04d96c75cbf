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

    /// <summary>Threads of the encoders; 0 (default) takes one for every physical core that the process may use. A run that is
    /// alone has them all. 0 to 1,024.</summary>
    [Range(0, 1024)]
    public int IntraOpThreads { get; set; }

    /// <summary>Runs on the CPU that may be under way at once. Each has a thread of its own; those of
    /// <see cref="IntraOpThreads"/> that are left help all. 0 (default) takes one for each thread, at most 8, where the weights
    /// can be shared; 1 lets every run have all threads, one after the other. <c>geotag models tune</c> measures what suits a
    /// machine. 0 to 256. Without effect on CUDA.</summary>
    [Range(0, 256)]
    public int ConcurrentRuns { get; set; }

    /// <summary>Whether the run's threads spin between operators instead of sleeping. Default false: spinning saves a few
    /// wake-ups on an idle machine and costs far more where decoding, HTTP or other processes want the same cores.</summary>
    public bool Spinning { get; set; }

    /// <summary>Whether each thread of a run that has the machine for itself keeps to a core of its own, on Linux, where the
    /// process has as many cores as such a run has threads. Default true: a virtual machine's kernel otherwise puts two of
    /// them on one core while the other sleeps. Runs beside others go wherever there is room.</summary>
    public bool PinThreads { get; set; } = true;

    /// <summary>How nice the encoders' threads on a CPU are to the other threads of the process, on Linux: 0 (default) as they
    /// are, 19 after everyone; the service sets 10. It leaves the throughput as it is, and shortens what needs a core for a
    /// moment only: reading and refusing requests, collecting garbage. 0 to 19.</summary>
    [Range(0, 19)]
    public int Niceness { get; set; }

    /// <summary>When weights are repacked. Default at load; the service sets after start. Without effect on CUDA.</summary>
    [EnumDataType(typeof(WeightPacking))]
    public WeightPacking PackWeights { get; set; } = WeightPacking.AtLoad;

    /// <summary>Whether weights that are packed at load are packed out of their mapped files, on Linux, and checked once more
    /// afterwards: half the memory of a start. A file that is truncated in this second ends the process, so the
    /// default is false, and the command line alone sets it. Without effect on CUDA and where weights are packed after the
    /// start.</summary>
    public bool MapWeights { get; set; }

    /// <summary>Whether repacked weights of a large model are moved into pages of 2 MB once they lie in memory, where Linux
    /// allows it: behind the first runs. Default true. Without effect on CUDA.</summary>
    public bool HugePages { get; set; } = true;

    /// <summary>Whether freed tensors are kept for the next run. Default true.</summary>
    public bool MemoryArena { get; set; } = true;

    /// <summary>Number of the card, as CUDA counts those that the process may see. Default 0. A process uses one card; several
    /// cards have a process each. 0 to 64.</summary>
    [Range(0, 64)]
    public int DeviceId { get; set; }

    /// <summary>Most memory of the card that the encoders take, MiB, shared out among their sessions; 0 (default) is as much as
    /// they need. 0 to 1,048,576.</summary>
    [Range(0, 1_048_576)]
    public int CardMemory { get; set; }

    /// <summary>Whether products of 32-bit floats may be computed with ten bits of mantissa on a card, which is faster. Default
    /// false: embeddings then differ from the CPU's by more than 1e-4.</summary>
    public bool TensorFloat32 { get; set; }

    /// <summary>Whether the launches of a small batch's kernels are captured once for each shape and replayed on a card. Default
    /// false. Each run at once then has weights of its own on the card.</summary>
    public bool CudaGraphs { get; set; }
}
