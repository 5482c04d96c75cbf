// The members are named after the types that they are.
#pragma warning disable CA1720

namespace GeoTagService.Models.Graphs;

/// <summary>Element types of ONNX tensors, with ONNX's own numbers.</summary>
public enum OnnxElementType
{
    /// <summary>Not set; never written.</summary>
    Undefined = 0,

    /// <summary>32-bit float.</summary>
    Float32 = 1,

    /// <summary>8-bit unsigned integer.</summary>
    UInt8 = 2,

    /// <summary>8-bit signed integer.</summary>
    Int8 = 3,

    /// <summary>32-bit signed integer.</summary>
    Int32 = 6,

    /// <summary>64-bit signed integer.</summary>
    Int64 = 7,

    /// <summary>Boolean, one byte an element.</summary>
    Bool = 9,

    /// <summary>IEEE half.</summary>
    Float16 = 10,

    /// <summary>64-bit float.</summary>
    Float64 = 11,
}

/// <summary>Sizes of <see cref="OnnxElementType"/>.</summary>
public static class OnnxElementTypeExtensions
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this OnnxElementType type) =>
        type switch
        {
            OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Bool => 1,
            OnnxElementType.Float16 => 2,
            OnnxElementType.Float32 or OnnxElementType.Int32 => 4,
            OnnxElementType.Int64 or OnnxElementType.Float64 => 8,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "has no size"),
        };
}
