using GeoTagService.Core;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Graphs;

/// <summary>
/// Writes a classification head as an ONNX graph: inputs <c>image_embeds</c> [n, d], <c>text_embeds</c> [n, d] and
/// <c>location</c> [n, 2], of which it has those that it uses, joined in this order; outputs <c>logits</c> and
/// <c>probabilities</c> [n, tags].
/// </summary>
public static class HeadGraphWriter
{
    /// <summary>Writes a head.</summary>
    /// <param name="head">Its layers and what its input is joined from.</param>
    /// <param name="embeddingDimension">Length of an embedding.</param>
    /// <exception cref="ArgumentException">The layers do not take that input.</exception>
    public static OnnxGraphBuilder Write(HeadWeights head, int embeddingDimension)
    {
        var expected = InputWidth(head.Modalities, embeddingDimension);
        if (head.InputWidth != expected)
        {
            throw new ArgumentException(
                $"head '{head.Name}' takes {head.InputWidth} numbers, but "
                    + $"{string.Join(" + ", ModalitiesJsonConverter.Names(head.Modalities))} of this CLIP give {expected}",
                nameof(head)
            );
        }

        var graph = new OnnxGraphBuilder("head");
        var x = Wide(graph, Input(graph, head.Modalities, embeddingDimension));
        var outputs = head.Layers[^1].Outputs;
        for (var i = 0; i < head.Layers.Count; i++)
        {
            var layer = head.Layers[i];
            var weight = graph.Weight($"layer_{i}.weight", [layer.Outputs, layer.Inputs], layer.Weight);
            var bias = graph.Weight($"layer_{i}.bias", [layer.Outputs], layer.Bias);
            x = graph.Gemm(i == 0 ? x : graph.Relu(x), Wide(graph, weight), Wide(graph, bias), transposeA: false, transposeB: true);
        }

        graph.Output("logits", Narrow(graph, x), OnnxElementType.Float32, "batch", outputs);
        graph.Output("probabilities", Narrow(graph, Probability(graph, x)), OnnxElementType.Float32, "batch", outputs);
        return graph;
    }

    /// <summary>
    /// A head is summed in double precision: it costs next to nothing beside an encoder, it leaves the encoders' rounding as
    /// the only one, and a row's answer no longer depends on how many rows it is scored with. Weights stay float32 in the
    /// file; the engine widens them once, at load.
    /// </summary>
    private static GraphValue Wide(OnnxGraphBuilder graph, GraphValue x) => graph.Cast(x, OnnxElementType.Float64);

    private static GraphValue Narrow(OnnxGraphBuilder graph, GraphValue x) => graph.Cast(x, OnnxElementType.Float32);

    /// <summary>
    /// 1 / (1 + e^−x), spelt out: ONNX Runtime's float32 Sigmoid treats every logit below −18 as −18 on a CPU, so that the
    /// most probable tag of a photo that no tag fits would be decided by a tie.
    /// </summary>
    private static GraphValue Probability(OnnxGraphBuilder graph, GraphValue logits) =>
        graph.Node("Reciprocal", [graph.Add(graph.Exp(graph.Neg(logits)), graph.Shared(OnnxElementType.Float64, [], [1.0]))]);

    /// <summary>Length of a head's input row.</summary>
    public static int InputWidth(Modalities modalities, int embeddingDimension) =>
        (modalities.HasFlag(Modalities.Image) ? embeddingDimension : 0)
        + (modalities.HasFlag(Modalities.Title) ? embeddingDimension : 0)
        + (modalities.HasFlag(Modalities.Location) ? 2 : 0);

    private static GraphValue Input(OnnxGraphBuilder graph, Modalities modalities, int embeddingDimension)
    {
        var parts = new List<GraphValue>();
        Add(Modalities.Image, "image_embeds", embeddingDimension);
        Add(Modalities.Title, "text_embeds", embeddingDimension);
        Add(Modalities.Location, "location", 2);
        return parts.Count == 1 ? parts[0] : graph.Concat(1, [.. parts]);

        void Add(Modalities part, string name, int width)
        {
            if (modalities.HasFlag(part))
            {
                parts.Add(graph.Input(name, OnnxElementType.Float32, "batch", width));
            }
        }
    }
}
