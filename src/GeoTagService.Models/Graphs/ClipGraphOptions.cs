// Int8 is what the format is called.
#pragma warning disable CA1720

namespace GeoTagService.Models.Graphs;

/// <summary>Which operators the towers are written with.</summary>
public enum ClipGraphStyle
{
    /// <summary>Standard ONNX operators only: runs in any runtime.</summary>
    Plain,

    /// <summary>ONNX Runtime's fused operators for attention and activation.</summary>
    Fused,
}

/// <summary>Number format of the towers' matrix products.</summary>
public enum ClipPrecision
{
    /// <summary>32-bit floats.</summary>
    Fp32,

    /// <summary>Half-precision weights and products, normalisation in 32 bits: for GPUs.</summary>
    Fp16,

    /// <summary>8-bit weights (one scale per column) and activations (one scale per token): for CPUs with VNNI.</summary>
    Int8,
}

/// <summary>How the towers are written.</summary>
/// <param name="Style">Which operators.</param>
/// <param name="Precision">Number format of the matrix products.</param>
public sealed record ClipGraphOptions(ClipGraphStyle Style = ClipGraphStyle.Plain, ClipPrecision Precision = ClipPrecision.Fp32);
