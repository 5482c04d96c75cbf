using System.Numerics.Tensors;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Graphs;

/// <summary>Writes CLIP's two towers as ONNX graphs, for any geometry that the weights have.</summary>
public static class ClipGraphWriter
{
    /// <summary>The photo tower: <c>pixel_values</c> [n, 3, size, size] float32 → <c>image_embeds</c> [n, d], the raw
    /// projection.</summary>
    /// <param name="weights">Read while the graph is saved; keep them open until then.</param>
    /// <param name="options">How to write it.</param>
    public static OnnxGraphBuilder Vision(IClipWeights weights, ClipGraphOptions options)
    {
        var geometry = weights.Geometry.Vision;
        var graph = new OnnxGraphBuilder("clip_vision");
        var pixels = graph.Input("pixel_values", OnnxElementType.Float32, "batch", 3, geometry.ImageSize, geometry.ImageSize);
        graph.Output(
            "image_embeds",
            Photo(graph, pixels, weights, options),
            OnnxElementType.Float32,
            "batch",
            weights.Geometry.EmbeddingDimension
        );
        return graph;
    }

    /// <summary>The photo tower within a graph: embeddings [n, d] of pixels [n, 3, size, size].</summary>
    internal static GraphValue Photo(OnnxGraphBuilder graph, GraphValue pixels, IClipWeights weights, ClipGraphOptions options)
    {
        var geometry = weights.Geometry.Vision;
        var width = geometry.Width;
        var transformer = new TransformerGraph(graph, weights, options, "visual.", width, geometry.AttentionHeads);

        var tokens = Tokens(graph, weights, options.Precision, pixels);
        var x = ResidualStream.Start(transformer.LayerNorm(tokens, "visual.ln_pre"));
        for (var layer = 0; layer < geometry.Layers - 1; layer++)
        {
            x = transformer.Block(x, layer, GraphValue.None);
        }

        x = transformer.LastBlock(x, geometry.Layers - 1, ClassToken, GraphValue.None);
        var pooled = transformer.Normalise(x, "visual.ln_post").Normalised;
        return Project(graph, weights, pooled, "visual.proj", width);

        GraphValue ClassToken(GraphValue all) => graph.Slice(all, graph.Vector(0), graph.Vector(1), axis: 1);
    }

    /// <summary>The title tower: <c>input_ids</c> [n, length] int64, any length up to the context → <c>text_embeds</c>
    /// [n, d], the raw projection at the first end token.</summary>
    /// <param name="weights">Read while the graph is saved; keep them open until then.</param>
    /// <param name="endToken">Id of the end token.</param>
    /// <param name="options">How to write it.</param>
    public static OnnxGraphBuilder Text(IClipWeights weights, int endToken, ClipGraphOptions options)
    {
        var geometry = weights.Geometry.Text;
        var width = geometry.Width;
        var graph = new OnnxGraphBuilder("clip_text");
        var transformer = new TransformerGraph(graph, weights, options, string.Empty, width, geometry.AttentionHeads);

        var ids = graph.Input("input_ids", OnnxElementType.Int64, "batch", "length");
        var length = graph.Shape(ids, 1, 2);

        // The reduced precisions keep the table, a third of the tower, as halves, which is how OpenAI published it.
        var tableType = options.Precision == ClipPrecision.Fp32 ? OnnxElementType.Float32 : OnnxElementType.Float16;
        var table = graph.FloatWeight(
            "token_embedding.weight",
            [geometry.VocabularySize, width],
            tableType,
            () => weights.Read("token_embedding.weight")
        );
        var embedded = graph.Gather(table, ids, axis: 0);
        embedded = tableType == OnnxElementType.Float32 ? embedded : graph.Cast(embedded, OnnxElementType.Float32);
        var position = graph.Weight("positional_embedding", [geometry.ContextLength, width], () => weights.Read("positional_embedding"));
        var x = ResidualStream.Start(graph.Add(embedded, graph.Slice(position, graph.Vector(0), length, axis: 0)));

        // Nothing may see what comes after it. The fused operator knows that by itself.
        var causal = graph.Weight(
            "causal_mask",
            [geometry.ContextLength, geometry.ContextLength],
            () => CausalMask(geometry.ContextLength)
        );
        var mask =
            options.Style == ClipGraphStyle.Fused
                ? GraphValue.None
                : graph.Unsqueeze(Columns(graph.Slice(causal, graph.Vector(0), length, axis: 0)), 0, 1);
        for (var layer = 0; layer < geometry.Layers - 1; layer++)
        {
            x = transformer.Block(x, layer, mask, isCausal: true);
        }

        // The first end token: a title may hold one of its own, and the reference stops there. In floats, of which no two
        // are equally large: a card's kernels find the largest of these alone, and say nothing of ties.
        var isEnd = graph.Cast(graph.Equal(ids, graph.Index(endToken)), OnnxElementType.Float32);
        var order = graph.Weight("end_order", [geometry.ContextLength], () => Descending(geometry.ContextLength));
        var end = graph.Node(
            "ArgMax",
            [graph.Mul(isEnd, graph.Slice(order, graph.Vector(0), length, axis: 0))],
            NodeParameter.Of("axis", 1),
            NodeParameter.Of("keepdims", 0)
        );
        x = transformer.LastBlock(x, geometry.Layers - 1, EndToken, graph.Unsqueeze(Columns(graph.Gather(causal, end, axis: 0)), 1, 2));
        var pooled = transformer.Normalise(x, "ln_final").Normalised;
        graph.Output(
            "text_embeds",
            Project(graph, weights, pooled, "text_projection", width),
            OnnxElementType.Float32,
            "batch",
            weights.Geometry.EmbeddingDimension
        );
        return graph;

        GraphValue Columns(GraphValue rows) => graph.Slice(rows, graph.Vector(0), length, axis: 1);

        GraphValue EndToken(GraphValue all) => graph.Node("GatherND", [all, graph.Unsqueeze(end, 1, 2)], NodeParameter.Of("batch_dims", 1));
    }

    /// <summary>Patches as rows of one matrix product (the stride equals the kernel), the class token before them, plus
    /// the positions.</summary>
    private static GraphValue Tokens(OnnxGraphBuilder graph, IClipWeights weights, ClipPrecision precision, GraphValue pixels)
    {
        var (size, patch, width) = (weights.Geometry.Vision.ImageSize, weights.Geometry.Vision.PatchSize, weights.Geometry.Vision.Width);
        var grid = size / patch;
        var inputs = 3 * patch * patch;
        var cut = graph.Reshape(pixels, 0, 3, grid, patch, grid, patch);
        var rows = graph.Reshape(graph.Transpose(cut, 0, 2, 4, 1, 3, 5), 0, grid * grid, inputs);

        // Pixels have 256 levels before they are normalised, so that int8 costs them little; halves would save a GPU
        // next to nothing here.
        var linear = new LinearGraph(graph, weights, precision == ClipPrecision.Int8 ? precision : ClipPrecision.Fp32);
        var patches = linear.Multiply(rows, new LinearLayer("visual.conv1", "visual.conv1.weight", inputs, width));
        // The class token's place is zeros until the positions, which bring it along, are added: no shape has to be computed,
        // which a card would leave to the processor.
        var placed = graph.Node("Pad", [patches, graph.Vector(0, 1, 0, 0, 0, 0)]);
        return graph.Add(
            placed,
            graph.Weight("visual.positional_embedding.placed", [(grid * grid) + 1, width], () => PlacedClassToken(weights))
        );
    }

    /// <summary>The positional embedding, the class token added to its first row.</summary>
    private static float[] PlacedClassToken(IClipWeights weights)
    {
        var positions = weights.Read("visual.positional_embedding");
        var token = weights.Read("visual.class_embedding");
        TensorPrimitives.Add(token, positions.AsSpan(0, token.Length), positions);
        return positions;
    }

    private static float[] CausalMask(int context)
    {
        var mask = new float[context * context];
        for (var row = 0; row < context; row++)
        {
            mask.AsSpan((row * context) + row + 1, context - row - 1).Fill(float.NegativeInfinity);
        }

        return mask;
    }

    /// <summary>From <paramref name="count"/> down to 1.</summary>
    private static float[] Descending(int count) => [.. Enumerable.Range(0, count).Select(i => (float)(count - i))];

    private static GraphValue Project(OnnxGraphBuilder graph, IClipWeights weights, GraphValue pooled, string tensor, int width)
    {
        var projection = graph.Weight(tensor, [width, weights.Geometry.EmbeddingDimension], () => weights.Read(tensor));
        return graph.MatMul(graph.Reshape(pooled, -1, width), projection);
    }
}
