using System.Runtime.InteropServices;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Graphs;

/// <summary>
/// Writes a photo tower in which a residual network for photographs stands beside CLIP's: <c>pixel_values</c>
/// [n, 3, size, size] float32 → <c>image_embeds</c> [n, d], g · CLIP's + (1 − g) · the network's, where the gate g is near 1 for
/// what CLIP's tower knows. Standard operators only. The convolutions' weights lie in the file as bytes with a scale for each
/// channel, the others as halves; the engine widens them once, at load, because nothing in that depends on a photo.
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
        var weight = graph.Weight(Stem + ".weight", network.ShapeOf(Stem + ".weight"), () => network.Read(Stem + ".weight"));
        var x = graph.Relu(Convolve(graph, network, centred, weight, Stem, stride: 2, before: 3, behind: 2));
        x = graph.Node(
            "MaxPool",
            [x],
            NodeParameter.OfList("kernel_shape", 3, 3),
            NodeParameter.OfList("strides", 2, 2),
            NodeParameter.OfList("pads", 1, 1, 0, 0)
        );
        var averages = new List<GraphValue>();
        for (var block = 0; block < network.Blocks; block++)
        {
            x = Block(graph, network, x, block);
            if (block >= network.Blocks - ResidualNetwork.PooledBlocks)
            {
                averages.Add(graph.ReduceMean(x, keep: false, 2, 3));
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

    private static GraphValue Block(OnnxGraphBuilder graph, ResidualNetwork network, GraphValue x, int block)
    {
        var name = $"blocks.{block}";
        var halves = network.Halves(block);
        var beside = halves ? Convolve(graph, network, x, Widened($"{name}.beside"), $"{name}.beside", stride: 2, before: 0, behind: 0) : x;
        var first = Convolve(
            graph,
            network,
            x,
            Widened($"{name}.conv1"),
            $"{name}.conv1",
            stride: halves ? 2 : 1,
            before: 1,
            behind: halves ? 0 : 1
        );
        var second = Convolve(
            graph,
            network,
            graph.Relu(first),
            Widened($"{name}.conv2"),
            $"{name}.conv2",
            stride: 1,
            before: 1,
            behind: 1
        );
        return graph.Relu(graph.Add(second, beside));

        GraphValue Widened(string convolution) => Bytes(graph, network, convolution + ".weight");
    }

    private static GraphValue Convolve(
        OnnxGraphBuilder graph,
        ResidualNetwork network,
        GraphValue x,
        GraphValue weight,
        string name,
        int stride,
        int before,
        int behind
    )
    {
        var shape = network.ShapeOf(name + ".weight");
        var bias = graph.Weight(name + ".bias", [shape[0]], () => network.Read(name + ".bias"));
        return graph.Node(
            "Conv",
            [x, weight, bias],
            NodeParameter.OfList("kernel_shape", shape[2], shape[3]),
            NodeParameter.OfList("strides", stride, stride),
            NodeParameter.OfList("pads", before, before, behind, behind)
        );
    }

    /// <summary>A convolution's weight out of signed bytes. Cast and product, not DequantizeLinear, which engines keep for
    /// integer kernels and would run again with every batch.</summary>
    private static GraphValue Bytes(OnnxGraphBuilder graph, ResidualNetwork network, string name)
    {
        var shape = network.ShapeOf(name);
        var levels = graph.Weight(
            name + ".int8",
            OnnxElementType.Int8,
            shape,
            stream => stream.Write(MemoryMarshal.AsBytes<sbyte>(Quantize(network.Read(name), (int)shape[0]).Levels))
        );
        var scales = graph.Weight(name + ".scales", [shape[0], 1, 1, 1], () => Quantize(network.Read(name), (int)shape[0]).Scales);
        return graph.Mul(graph.Cast(levels, OnnxElementType.Float32), scales);
    }

    /// <summary>Signed bytes and a scale for each channel that comes out: its largest magnitude / 127.</summary>
    internal static (sbyte[] Levels, float[] Scales) Quantize(float[] weight, int channels)
    {
        const float steps = 127;
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

            // A channel of zeros has scale 0; any divisor leaves its zeros what they are.
            scales[channel] = largest / steps;
            var divisor = largest == 0 ? 1 : scales[channel];
            for (var i = 0; i < length; i++)
            {
                levels[(channel * length) + i] = (sbyte)MathF.Round(row[i] / divisor);
            }
        }

        return (levels, scales);
    }
}
