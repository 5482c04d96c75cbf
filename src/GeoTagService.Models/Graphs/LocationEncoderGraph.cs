namespace GeoTagService.Models.Graphs;

/// <summary>
/// Writes a location encoder as an ONNX graph of standard operators: input <c>coordinates</c> [n, 4] (easting and northing in the
/// British grid, then in the Irish one, in 100 km); outputs <c>embedding</c> [n, d], <c>logits</c> and <c>probabilities</c>
/// [n, tags].
/// </summary>
public static class LocationEncoderGraph
{
    /// <summary>Name of the input.</summary>
    public const string Input = "coordinates";

    private const int Coordinates = 4;

    /// <summary>Writes an encoder.</summary>
    /// <param name="frequencies">4 × waves, radians per 100 km.</param>
    /// <param name="amplitudes">Height of each wave.</param>
    /// <param name="hidden">Weight (width × twice the waves: sines, then cosines) and bias (width).</param>
    /// <param name="tags">Weight (tags × width) and bias (tags).</param>
    public static OnnxGraphBuilder Write(
        float[] frequencies,
        float[] amplitudes,
        (float[] Weight, float[] Bias) hidden,
        (float[] Weight, float[] Bias) tags
    )
    {
        ArgumentNullException.ThrowIfNull(amplitudes);
        ArgumentNullException.ThrowIfNull(hidden.Bias);
        ArgumentNullException.ThrowIfNull(tags.Bias);
        var (waves, width, count) = (amplitudes.Length, hidden.Bias.Length, tags.Bias.Length);
        var graph = new OnnxGraphBuilder("location-encoder");
        var place = graph.Input(Input, OnnxElementType.Float32, "batch", Coordinates);
        var phases = graph.MatMul(place, graph.Weight("frequencies", [Coordinates, waves], frequencies));
        var heights = graph.Weight("amplitudes", [waves], amplitudes);
        var sinusoids = graph.Concat(1, graph.Mul(graph.Node("Sin", [phases]), heights), graph.Mul(graph.Node("Cos", [phases]), heights));
        var embedding = graph.Relu(Layer(graph, "hidden", sinusoids, [width, 2 * waves], hidden));
        var logits = Layer(graph, "tags", embedding, [count, width], tags);
        graph.Output("probabilities", graph.Sigmoid(logits), OnnxElementType.Float32, "batch", count);
        graph.Output("embedding", embedding, OnnxElementType.Float32, "batch", width);
        graph.Output("logits", logits, OnnxElementType.Float32, "batch", count);
        return graph;
    }

    private static GraphValue Layer(
        OnnxGraphBuilder graph,
        string name,
        GraphValue x,
        long[] shape,
        (float[] Weight, float[] Bias) layer
    ) =>
        graph.Gemm(
            x,
            graph.Weight(name + ".weight", shape, layer.Weight),
            graph.Weight(name + ".bias", [shape[0]], layer.Bias),
            transposeA: false,
            transposeB: true
        );
}
