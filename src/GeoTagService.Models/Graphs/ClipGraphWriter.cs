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
        var width = geometry.Width;
        var graph = new OnnxGraphBuilder("clip_vision");
        var transformer = new TransformerGraph(graph, weights, options, "visual.", width, geometry.AttentionHeads);

        var pixels = graph.Input(
            "pixel_values", OnnxElementType.Float32, "batch", 3, geometry.ImageSize, geometry.ImageSize);
        var tokens = Tokens(graph, weights, options.Precision, pixels);
        var x = ResidualStream.Start(transformer.LayerNorm(tokens, "visual.ln_pre"));
        for (var layer = 0; layer < geometry.Layers - 1; layer++)
        {
            x = transformer.Block(x, layer, GraphValue.None);
        }

        x = transformer.LastBlock(x, geometry.Layers - 1, ClassToken, GraphValue.None);
        var pooled = transformer.Normalise(x, "visual.ln_post").Normalised;
        Project(graph, weights, pooled, "visual.proj", width, "image_embeds");
        return graph;

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
            () => weights.Read("token_embedding.weight"));
        var embedded = graph.Gather(table, ids, axis: 0);
        embedded = tableType == OnnxElementType.Float32 ? embedded : graph.Cast(embedded, OnnxElementType.Float32);
        var position = graph.Weight(
            "positional_embedding", [geometry.ContextLength, width], () => weights.Read("positional_embedding"));
        var x = ResidualStream.Start(graph.Add(embedded, graph.Slice(position, graph.Vector(0), length, axis: 0)));

        // [length, length]: nothing may see what comes after it.
        var mask = graph.Node(
            "Slice", [CausalMask(graph, geometry.ContextLength), graph.Vector(0, 0), graph.Concat(0, length, length)]);
        for (var layer = 0; layer < geometry.Layers - 1; layer++)
        {
            x = transformer.Block(x, layer, graph.Unsqueeze(mask, 0, 1));
        }

        // The first end token: a title may hold one of its own, and the reference stops there.
        var isEnd = graph.Cast(graph.Equal(ids, graph.Index(endToken)), OnnxElementType.Int32);
        var end = graph.Node(
            "ArgMax", [isEnd], NodeParameter.Of("axis", 1), NodeParameter.Of("keepdims", 0));
        x = transformer.LastBlock(
            x, geometry.Layers - 1, EndToken, graph.Unsqueeze(graph.Gather(mask, end, axis: 0), 1, 2));
        var pooled = transformer.Normalise(x, "ln_final").Normalised;
        Project(graph, weights, pooled, "text_projection", width, "text_embeds");
        return graph;

        GraphValue EndToken(GraphValue all) => graph.Node(
            "GatherND", [all, graph.Unsqueeze(end, 1, 2)], NodeParameter.Of("batch_dims", 1));
    }

    /// <summary>Patches as rows of one matrix product (the stride equals the kernel), the class token before them, plus
    /// the positions.</summary>
    private static GraphValue Tokens(
        OnnxGraphBuilder graph, IClipWeights weights, ClipPrecision precision, GraphValue pixels)
    {
        var (size, patch, width) =
            (weights.Geometry.Vision.ImageSize, weights.Geometry.Vision.PatchSize, weights.Geometry.Vision.Width);
        var grid = size / patch;
        var inputs = 3 * patch * patch;
        var cut = graph.Reshape(pixels, 0, 3, grid, patch, grid, patch);
        var rows = graph.Reshape(graph.Transpose(cut, 0, 2, 4, 1, 3, 5), 0, grid * grid, inputs);

        // Pixels have 256 levels before they are normalised, so that int8 costs them little; halves would save a GPU
        // next to nothing here.
        var linear = new LinearGraph(graph, weights, precision == ClipPrecision.Int8 ? precision : ClipPrecision.Fp32);
        var patches = linear.Multiply(rows, new LinearLayer("visual.conv1", "visual.conv1.weight", inputs, width));
        var positions = graph.Weight(
            "visual.positional_embedding.patches",
            [grid * grid, width],
            () => weights.Read("visual.positional_embedding").AsMemory(width));
        var classToken = graph.Weight("visual.class_embedding.placed", [1, 1, width], () => PlacedClassToken(weights));
        var batch = graph.Concat(0, graph.Shape(pixels, 0, 1), graph.Vector(1, width));
        return graph.Concat(1, graph.Expand(classToken, batch), graph.Add(patches, positions));
    }

    private static float[] PlacedClassToken(IClipWeights weights)
    {
        var token = weights.Read("visual.class_embedding");
        var placed = new float[token.Length];
        TensorPrimitives.Add(token, weights.Read("visual.positional_embedding").AsSpan(0, token.Length), placed);
        return placed;
    }

    private static GraphValue CausalMask(OnnxGraphBuilder graph, int context) =>
        graph.Weight("causal_mask", [context, context], () =>
        {
            var mask = new float[context * context];
            for (var row = 0; row < context; row++)
            {
                mask.AsSpan((row * context) + row + 1, context - row - 1).Fill(float.NegativeInfinity);
            }

            return mask;
        });

    private static void Project(
        OnnxGraphBuilder graph, IClipWeights weights, GraphValue pooled, string tensor, int width, string output)
    {
        var dimension = weights.Geometry.EmbeddingDimension;
        var projection = graph.Weight(tensor, [width, dimension], () => weights.Read(tensor));
        var embeddings = graph.MatMul(graph.Reshape(pooled, -1, width), projection);
        graph.Output(output, embeddings, OnnxElementType.Float32, "batch", dimension);
    }
}
