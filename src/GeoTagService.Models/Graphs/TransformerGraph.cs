using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Graphs;

/// <summary>
/// Writes the residual blocks of a tower. In the last block only one token is pooled, so only that token's query,
/// feed-forward and residual are computed: the same result for a twelfth less work.
/// </summary>
internal sealed class TransformerGraph
{
    private const float LayerNormEpsilon = 1e-5f;

    private readonly OnnxGraphBuilder _graph;
    private readonly IClipWeights _weights;
    private readonly LinearGraph _linear;
    private readonly ClipGraphOptions _options;
    private readonly string _tower;
    private readonly int _width;
    private readonly int _heads;

    /// <summary>Starts on a tower.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="weights">Weights.</param>
    /// <param name="options">How to write.</param>
    /// <param name="tower">Prefix of its tensors: <c>visual.</c>, or nothing for titles.</param>
    /// <param name="width">Model width.</param>
    /// <param name="heads">Attention heads.</param>
    public TransformerGraph(
        OnnxGraphBuilder graph, IClipWeights weights, ClipGraphOptions options, string tower, int width, int heads)
    {
        _graph = graph;
        _weights = weights;
        _options = options;
        _linear = new LinearGraph(graph, weights);
        (_tower, _width, _heads) = (tower, width, heads);
    }

    /// <summary>A whole block.</summary>
    /// <param name="x">[n, tokens, width].</param>
    /// <param name="layer">Number of the block.</param>
    /// <param name="mask">Added to the scores, broadcast to [n, heads, tokens, tokens]; none where all may see all.</param>
    public GraphValue Block(GraphValue x, int layer, GraphValue mask)
    {
        var normalised = LayerNorm(x, BlockName(layer) + "ln_1");
        return Finish(x, normalised, normalised, layer, mask);
    }

    /// <summary>The last block, for the pooled token alone.</summary>
    /// <param name="x">[n, tokens, width].</param>
    /// <param name="layer">Number of the block.</param>
    /// <param name="pool">Picks the pooled token of [n, tokens, width] as [n, 1, width].</param>
    /// <param name="mask">That token's row of the mask, broadcast to [n, heads, 1, tokens].</param>
    public GraphValue LastBlock(GraphValue x, int layer, Func<GraphValue, GraphValue> pool, GraphValue mask)
    {
        var normalised = LayerNorm(x, BlockName(layer) + "ln_1");
        return Finish(pool(x), pool(normalised), normalised, layer, mask);
    }

    /// <summary>A LayerNorm over the width.</summary>
    public GraphValue LayerNorm(GraphValue x, string name) => _graph.LayerNormalization(
        x, Vector(name + ".weight"), Vector(name + ".bias"), LayerNormEpsilon);

    private GraphValue Finish(GraphValue residual, GraphValue queries, GraphValue keys, int layer, GraphValue mask)
    {
        var block = BlockName(layer);
        var mixed = Attention(queries, keys, block, mask);
        var attended = _graph.Add(residual, Linear(mixed, block + "attn.out_proj", _width, _width));
        var normalised = LayerNorm(attended, block + "ln_2");
        var hidden = QuickGelu(Linear(normalised, block + "mlp.c_fc", _width, 4 * _width));
        return _graph.Add(attended, Linear(hidden, block + "mlp.c_proj", 4 * _width, _width));
    }

    private GraphValue Attention(GraphValue queries, GraphValue keys, string block, GraphValue mask)
    {
        var headWidth = _width / _heads;
        var factor = 1 / MathF.Sqrt(headWidth);
        var q = Projection(queries, block, "query", 0, factor);
        var k = Projection(keys, block, "key", 1, 1);
        var v = Projection(keys, block, "value", 2, 1);
        if (_options.Style == ClipGraphStyle.Fused)
        {
            return _graph.MicrosoftNode(
                "MultiHeadAttention",
                mask == GraphValue.None ? [q, k, v] : [q, k, v, GraphValue.None, GraphValue.None, mask],
                NodeParameter.Of("num_heads", _heads),
                NodeParameter.Of("scale", 1f));
        }

        var scores = _graph.MatMul(Split(q, 0, 2, 1, 3), Split(k, 0, 2, 3, 1));
        if (mask != GraphValue.None)
        {
            scores = _graph.Add(scores, mask);
        }

        var mixed = _graph.MatMul(_graph.Softmax(scores), Split(v, 0, 2, 1, 3));
        return _graph.Reshape(_graph.Transpose(mixed, 0, 2, 1, 3), 0, 0, _width);

        GraphValue Split(GraphValue x, params long[] order) =>
            _graph.Transpose(_graph.Reshape(x, 0, 0, _heads, headWidth), order);
    }

    private GraphValue Projection(GraphValue x, string block, string part, int third, float factor) =>
        _linear.Apply(x, new LinearLayer(
            block + "attn." + part,
            block + "attn.in_proj_weight",
            block + "attn.in_proj_bias",
            _width,
            _width,
            third * _width,
            factor));

    private GraphValue Linear(GraphValue x, string name, int inputs, int outputs) =>
        _linear.Apply(x, new LinearLayer(name, name + ".weight", name + ".bias", inputs, outputs));

    private GraphValue QuickGelu(GraphValue x)
    {
        const float Alpha = 1.702f;
        return _options.Style == ClipGraphStyle.Fused
            ? _graph.MicrosoftNode("QuickGelu", [x], NodeParameter.Of("alpha", Alpha))
            : _graph.Mul(x, _graph.Sigmoid(_graph.Mul(x, _graph.Scalar(Alpha))));
    }

    private GraphValue Vector(string name) => _graph.Weight(name, [_width], () => _weights.Read(name));

    private string BlockName(int layer) => $"{_tower}transformer.resblocks.{layer}.";
}
