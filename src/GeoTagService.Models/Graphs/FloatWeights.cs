using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace GeoTagService.Models.Graphs;

/// <summary>Weights that are read as float32 and may be stored as halves.</summary>
internal static class FloatWeights
{
    /// <summary>Declares a weight of either float type.</summary>
    public static GraphValue FloatWeight(
        this OnnxGraphBuilder graph,
        string name,
        IReadOnlyList<long> dimensions,
        OnnxElementType type,
        Func<float[]> read
    ) =>
        type == OnnxElementType.Float16
            ? graph.Weight(name, type, dimensions, stream => stream.Write(MemoryMarshal.AsBytes<Half>(ToHalves(read()))))
            : graph.Weight(name, dimensions, () => read());

    /// <summary>Rounds to halves.</summary>
    public static Half[] ToHalves(ReadOnlySpan<float> values)
    {
        var halves = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, halves);
        return halves;
    }
}
