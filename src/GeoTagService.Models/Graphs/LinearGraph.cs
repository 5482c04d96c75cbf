using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Graphs;

/// <summary>Where a linear layer's numbers come from.</summary>
/// <param name="Name">Name in the graph.</param>
/// <param name="WeightTensor">Tensor of the weight, [rows, inputs].</param>
/// <param name="Inputs">Length of a row.</param>
/// <param name="Outputs">How many rows are used.</param>
/// <param name="FirstRow">The first row used: 0, or one of the thirds of a joined q/k/v.</param>
/// <param name="Factor">Multiplies the weight.</param>
internal sealed record LinearLayer(string Name, string WeightTensor, int Inputs, int Outputs, int FirstRow = 0, float Factor = 1);

/// <summary>Writes the x·Wᵀ of a tower's linear layers, in the precision asked for. Biases are left to the caller, which
/// often has an operator that adds them on the way.</summary>
internal sealed class LinearGraph(OnnxGraphBuilder graph, IClipWeights weights, ClipPrecision precision)
{
    // Symmetric around 128: what is 0 stays exactly 0.
    private const byte ZeroPoint = 128;
    private const float Steps = 127;

    private readonly Dictionary<GraphValue, QuantizedRows> _quantized = [];

    /// <summary>Element type of the products that <see cref="Multiply"/> gives and of what is computed on them.</summary>
    public OnnxElementType ElementType => precision == ClipPrecision.Fp16 ? OnnxElementType.Float16 : OnnxElementType.Float32;

    /// <summary>The product with a layer of PyTorch's [outputs, inputs] weight.</summary>
    /// <param name="x">[…, inputs] of <see cref="ElementType"/>.</param>
    /// <param name="layer">Its weight.</param>
    /// <returns>[…, outputs] of <see cref="ElementType"/>.</returns>
    public GraphValue Multiply(GraphValue x, LinearLayer layer)
    {
        if (precision == ClipPrecision.Int8)
        {
            return MultiplyInt8(x, layer);
        }

        return graph.MatMul(
            x,
            graph.FloatWeight(layer.Name + ".weight", [layer.Inputs, layer.Outputs], ElementType, () => ReadTransposed(layer))
        );
    }

    /// <summary>
    /// Rows are quantised each with a scale of its own, so that an item's result does not depend on what else is in the
    /// batch; columns of the weight likewise. One operator multiplies in integers and applies the columns' scales.
    /// </summary>
    private GraphValue MultiplyInt8(GraphValue x, LinearLayer layer)
    {
        var rows = Quantize(x, layer.Inputs);
        var weight = graph.Weight(
            layer.Name + ".weight.int8",
            OnnxElementType.Int8,
            [layer.Inputs, layer.Outputs],
            stream => stream.Write(MemoryMarshal.AsBytes<sbyte>(QuantizeColumns(ReadTransposed(layer), layer.Outputs).Values))
        );
        var columnScales = graph.Weight(
            layer.Name + ".weight.scales",
            [layer.Outputs],
            () => ColumnScales(ReadTransposed(layer), layer.Outputs)
        );
        var product = graph.MicrosoftNode(
            "MatMulIntegerToFloat",
            [rows.Values, weight, graph.Scalar(1), columnScales, graph.Shared(OnnxElementType.UInt8, [], [ZeroPoint])]
        );
        return graph.Mul(product, rows.Scales);
    }

    private QuantizedRows Quantize(GraphValue x, int width)
    {
        if (_quantized.TryGetValue(x, out var known))
        {
            return known;
        }

        // A row of zeros has scale 0: its quotients are no numbers, but whatever they round to is multiplied by 0.
        var scales = graph.Mul(graph.ReduceMax(graph.Abs(x), keep: true, -1), graph.Scalar(1 / Steps));
        var flatScales = graph.Reshape(scales, -1);
        var zeroPoints = graph.Expand(graph.Shared(OnnxElementType.UInt8, [1], [ZeroPoint]), graph.Node("Shape", [flatScales]));
        var flat = graph.Node("QuantizeLinear", [graph.Reshape(x, -1, width), flatScales, zeroPoints], NodeParameter.Of("axis", 0));
        var rows = new QuantizedRows(graph.Node("Reshape", [flat, graph.Node("Shape", [x])]), scales);
        _quantized.Add(x, rows);
        return rows;
    }

    /// <summary>Int8 values and a scale for every column of a [rows, columns] matrix.</summary>
    internal static (sbyte[] Values, float[] Scales) QuantizeColumns(float[] matrix, int columns)
    {
        var scales = ColumnScales(matrix, columns);

        // A column of zeros has scale 0; any divisor leaves its zeros what they are.
        float[] divisors = [.. scales.Select(scale => scale == 0 ? 1 : scale)];
        var values = new sbyte[matrix.Length];
        var row = new float[columns];
        for (var start = 0; start < matrix.Length; start += columns)
        {
            TensorPrimitives.Divide(matrix.AsSpan(start, columns), divisors, row);
            TensorPrimitives.Round(row, row);
            TensorPrimitives.ConvertTruncating<float, sbyte>(row, values.AsSpan(start, columns));
        }

        return (values, scales);
    }

    /// <summary>What one step of a column's int8 values stands for: its largest magnitude / 127.</summary>
    private static float[] ColumnScales(float[] matrix, int columns)
    {
        var scales = new float[columns];
        for (var start = 0; start < matrix.Length; start += columns)
        {
            TensorPrimitives.MaxMagnitude(scales, matrix.AsSpan(start, columns), scales);
        }

        TensorPrimitives.Abs(scales, scales);
        TensorPrimitives.Divide(scales, Steps, scales);
        return scales;
    }

    private float[] ReadTransposed(LinearLayer layer)
    {
        var rows = weights.Read(layer.WeightTensor).AsSpan(layer.FirstRow * layer.Inputs, layer.Outputs * layer.Inputs);
        var transposed = WeightLayout.Transpose(rows, layer.Outputs, layer.Inputs);
        return layer.Factor is 1 ? transposed : WeightLayout.Scale(transposed, layer.Factor);
    }

    /// <summary>Rows as unsigned bytes around 128, and what each must be multiplied with.</summary>
    private sealed record QuantizedRows(GraphValue Values, GraphValue Scales);
}
