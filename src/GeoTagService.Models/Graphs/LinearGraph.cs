using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Graphs;

/// <summary>Writes x·Wᵀ + b layers of a tower, in the precision asked for.</summary>
internal sealed class LinearGraph(OnnxGraphBuilder graph, IClipWeights weights)
{
    /// <summary>A layer of PyTorch's [outputs, inputs] weight and [outputs] bias.</summary>
    /// <param name="x">[…, inputs].</param>
    /// <param name="layer">Its weight and bias, and the rows of them that it uses.</param>
    /// <returns>[…, outputs].</returns>
    public GraphValue Apply(GraphValue x, LinearLayer layer)
    {
        var weight = graph.Weight(
            layer.Name + ".weight", [layer.Inputs, layer.Outputs], () => ReadTransposed(layer));
        var bias = graph.Weight(layer.Name + ".bias", [layer.Outputs], () => ReadBias(layer));
        return graph.Add(graph.MatMul(x, weight), bias);
    }

    private float[] ReadTransposed(LinearLayer layer)
    {
        var rows = weights.Read(layer.WeightTensor)
            .AsSpan(layer.FirstRow * layer.Inputs, layer.Outputs * layer.Inputs);
        var transposed = WeightLayout.Transpose(rows, layer.Outputs, layer.Inputs);
        return layer.Factor is 1 ? transposed : WeightLayout.Scale(transposed, layer.Factor);
    }

    private float[] ReadBias(LinearLayer layer) =>
        WeightLayout.Scale(weights.Read(layer.BiasTensor).AsSpan(layer.FirstRow, layer.Outputs), layer.Factor);
}

/// <summary>Where a linear layer's numbers come from.</summary>
/// <param name="Name">Name in the graph.</param>
/// <param name="WeightTensor">Tensor of the weight, [rows, inputs].</param>
/// <param name="BiasTensor">Tensor of the bias, [rows].</param>
/// <param name="Inputs">Length of a row.</param>
/// <param name="Outputs">How many rows are used.</param>
/// <param name="FirstRow">The first row used: 0, or one of the thirds of a joined q/k/v.</param>
/// <param name="Factor">Multiplies weight and bias.</param>
internal sealed record LinearLayer(
    string Name, string WeightTensor, string BiasTensor, int Inputs, int Outputs, int FirstRow = 0, float Factor = 1);
