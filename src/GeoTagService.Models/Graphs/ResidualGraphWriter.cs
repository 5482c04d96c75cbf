using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Graphs;

/// <summary>
/// Writes a photo tower in which a residual network for photographs stands beside CLIP's: <c>pixel_values</c>
/// [n, 3, size, size] float32 → <c>image_embeds</c> [n, d], g · CLIP's + (1 − g) · the network's, where the gate g is near 1 for
/// what CLIP's tower knows. Standard operators only. The network's convolutions are computed in bytes, the rest in float32, whose
/// longer weights lie in the file as halves.
/// </summary>
public static class ResidualGraphWriter
{
    private const string Stem = "stem";

    /// <summary>Writes the tower.</summary>
    /// <param name="network">The network's weights; keep them open until the graph is saved.</param>
    /// <param name="clip">The weights of the tower beside it; likewise.</param>
    public static OnnxGraphBuilder Write(ResidualNetwork network, IClipWeights clip)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(clip);
        var graph = new OnnxGraphBuilder("joined_vision") { StoresHalves = true };
        var pixels = graph.Input("pixel_values", OnnxElementType.Float32, "batch", 3, ResidualNetwork.ImageSize, ResidualNetwork.ImageSize);

        var seen = Seen(graph, network, pixels);
        var photographed = Layer(graph, network, seen, "projection");
        var drawn = ClipGraphWriter.Photo(graph, pixels, clip, new ClipGraphOptions());
        var share = graph.Sigmoid(Layer(graph, network, seen, "gate"));
        var embedding = graph.Add(photographed, graph.Mul(share, graph.Sub(drawn, photographed)));
        graph.Output("image_embeds", embedding, OnnxElementType.Float32, "batch", network.EmbeddingDimension);
        return graph;
    }

    /// <summary>What the last blocks see, averaged over the photo: [n, width].</summary>
    private static GraphValue Seen(OnnxGraphBuilder graph, ResidualNetwork network, GraphValue pixels)
    {
        // The border of the first convolution is nought, and must be the mean photo: what separates CLIP's mean from it is
        // taken off before, not folded in.
        var centred = graph.Sub(pixels, graph.Weight(Stem + ".mean", [1, 3, 1, 1], () => network.Read(Stem + ".mean")));
        var bytes = new EightBitConvolutions(graph, network);
        var input = bytes.Quantize(centred, ResidualNetwork.Pixels);
        var x = bytes.Quantize(bytes.Convolve(input, Stem, stride: 2, before: 3, behind: 2), Stem);
        var pooled = graph.Node(
            "MaxPool",
            [bytes.Dequantize(x)],
            NodeParameter.OfList("kernel_shape", 3, 3),
            NodeParameter.OfList("strides", 2, 2),
            NodeParameter.OfList("pads", 1, 1, 0, 0)
        );
        x = bytes.QuantizeLike(pooled, x);
        var averages = new List<GraphValue>();
        for (var block = 0; block < network.Blocks; block++)
        {
            x = Block(graph, bytes, x, $"blocks.{block}", network.Halves(block));
            if (block >= network.Blocks - ResidualNetwork.PooledBlocks)
            {
                averages.Add(graph.ReduceMean(bytes.Dequantize(x), keep: false, 2, 3));
            }
        }

        return graph.Concat(1, [.. averages]);
    }

    private static GraphValue Layer(OnnxGraphBuilder graph, ResidualNetwork network, GraphValue x, string name)
    {
        var shape = network.ShapeOf(name + ".weight");
        var weight = graph.Weight(name + ".weight", shape, () => network.Read(name + ".weight"));
        var bias = graph.Weight(name + ".bias", [shape[0]], () => network.Read(name + ".bias"));
        return graph.Gemm(x, weight, bias, transposeA: false, transposeB: true);
    }

    /// <summary>Two convolutions and what goes past them. Relu needs no node: the range of what follows begins at nought.</summary>
    private static QuantizedValue Block(OnnxGraphBuilder graph, EightBitConvolutions bytes, QuantizedValue x, string name, bool halves)
    {
        var (stride, behind) = halves ? (2, 0) : (1, 1);
        var beside = halves ? Convolve(x, ".beside", stride, 0, 0) : x;
        var first = Convolve(x, ".conv1", stride, 1, behind);
        var second = Convolve(first, ".conv2", 1, 1, 1);
        return bytes.Quantize(graph.Add(bytes.Dequantize(second), bytes.Dequantize(beside)), name);

        QuantizedValue Convolve(QuantizedValue input, string part, int step, int before, int after) =>
            bytes.Quantize(bytes.Convolve(input, name + part, step, before, after), name + part);
    }
}
