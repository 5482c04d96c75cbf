using System.Runtime.InteropServices;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Graphs;

/// <summary>A tensor of unsigned bytes, and what they stand for: (byte − zero point) · scale.</summary>
internal readonly record struct QuantizedValue(GraphValue Bytes, GraphValue Scale, GraphValue ZeroPoint, float Step);

/// <summary>
/// Writes a residual network's convolutions so that an engine computes them in bytes: between quantised tensors, each with one
/// scale that was measured beforehand, so that an item's result does not depend on what else is in the batch. Standard operators
/// (QuantizeLinear, DequantizeLinear) stand around plain ones; ONNX Runtime's CPU joins them to integer kernels, any other engine
/// may compute the same in floats.
/// </summary>
internal sealed class EightBitConvolutions(OnnxGraphBuilder graph, ResidualNetwork network)
{
    /// <summary>Weights reach from −63 to 63, so that two products with bytes fit in 16 bits: processors without an instruction
    /// for bytes add them up there, and would cut off what does not fit.</summary>
    internal const int WeightSteps = 63;

    private const int Steps = byte.MaxValue;

    /// <summary>Rounds to bytes over the range that was measured under a name. What lies outside becomes the nearest; where the
    /// range begins at nought, that is also Relu.</summary>
    public QuantizedValue Quantize(GraphValue x, string name)
    {
        var (scale, zeroPoint) = Scale(network.RangeOf(name));
        return Round(x, graph.Scalar(scale), graph.Shared(OnnxElementType.UInt8, [], [zeroPoint]), scale);
    }

    /// <summary>Rounds to the bytes of another tensor.</summary>
    public QuantizedValue QuantizeLike(GraphValue x, QuantizedValue other) => Round(x, other.Scale, other.ZeroPoint, other.Step);

    /// <summary>Bytes as float32.</summary>
    public GraphValue Dequantize(QuantizedValue x) => graph.Node("DequantizeLinear", [x.Bytes, x.Scale, x.ZeroPoint]);

    /// <summary>A convolution of bytes, as float32, to be rounded next.</summary>
    public GraphValue Convolve(QuantizedValue x, string name, int stride, int before, int behind)
    {
        var shape = network.ShapeOf(name + ".weight");
        var channels = shape[0];
        var scales = new Lazy<float[]>(() => QuantizeWeight(network.Read(name + ".weight"), (int)channels).Scales);
        var levels = graph.Weight(
            name + ".weight.int8",
            OnnxElementType.Int8,
            shape,
            stream => stream.Write(MemoryMarshal.AsBytes<sbyte>(QuantizeWeight(network.Read(name + ".weight"), (int)channels).Levels))
        );
        var bias = graph.Weight(
            name + ".bias.int32",
            OnnxElementType.Int32,
            [channels],
            stream => stream.Write(MemoryMarshal.AsBytes<int>(QuantizeBias(network.Read(name + ".bias"), scales.Value, x.Step)))
        );
        return graph.Node(
            "Conv",
            [
                Dequantize(x),
                DequantizeChannels(levels, graph.Weight(name + ".weight.scales", [channels], () => scales.Value), OnnxElementType.Int8),
                DequantizeChannels(
                    bias,
                    graph.Weight(name + ".bias.scales", [channels], () => WeightLayout.Scale(scales.Value, x.Step)),
                    OnnxElementType.Int32
                ),
            ],
            NodeParameter.OfList("kernel_shape", shape[2], shape[3]),
            NodeParameter.OfList("strides", stride, stride),
            NodeParameter.OfList("pads", before, before, behind, behind)
        );

        GraphValue DequantizeChannels(GraphValue values, GraphValue steps, OnnxElementType type) =>
            graph.Node(
                "DequantizeLinear",
                [values, steps, graph.Weight(values.Name + ".zeros", type, [channels], s => s.Write(new byte[channels * type.Size()]))],
                NodeParameter.Of("axis", 0)
            );
    }

    /// <summary>What one step of a byte stands for, and the byte that is nought.</summary>
    internal static (float Scale, byte ZeroPoint) Scale((float Low, float High) range)
    {
        var scale = (range.High - range.Low) / Steps;
        return (scale, (byte)MathF.Round(-range.Low / scale));
    }

    /// <summary>Signed bytes and a scale for each channel that comes out: its largest magnitude / 63.</summary>
    internal static (sbyte[] Levels, float[] Scales) QuantizeWeight(float[] weight, int channels)
    {
        var levels = new sbyte[weight.Length];
        var scales = new float[channels];
        var length = weight.Length / channels;
        for (var channel = 0; channel < channels; channel++)
        {
            var row = weight.AsSpan(channel * length, length);
            var largest = 0f;
            foreach (var value in row)
            {
                largest = MathF.Max(largest, MathF.Abs(value));
            }

            // A channel of zeros may have any scale but 0, by which its bias would be divided.
            scales[channel] = largest == 0 ? 1 : largest / WeightSteps;
            for (var i = 0; i < length; i++)
            {
                levels[(channel * length) + i] = (sbyte)MathF.Round(row[i] / scales[channel]);
            }
        }

        return (levels, scales);
    }

    private static int[] QuantizeBias(float[] bias, float[] scales, float step) =>
        [.. bias.Select((value, channel) => (int)Math.Round(value / ((double)scales[channel] * step)))];

    private QuantizedValue Round(GraphValue x, GraphValue scale, GraphValue zeroPoint, float step) =>
        new(graph.Node("QuantizeLinear", [x, scale, zeroPoint]), scale, zeroPoint, step);
}
