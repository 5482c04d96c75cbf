using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Graphs;

/// <summary>
/// The state between two sublayers: the residual sum, and the last sublayer's product that is still to be added to it
/// together with its bias.
/// </summary>
/// <param name="Sum">[n, tokens, width], float32.</param>
/// <param name="Product">What is to be added, [n, tokens, width] float32; none at the start.</param>
/// <param name="BiasTensor">Its bias.</param>
internal sealed record ResidualStream(GraphValue Sum, GraphValue Product, string BiasTensor)
{
    /// <summary>The stream before the first block.</summary>
    public static ResidualStream Start(GraphValue x) => new(x, GraphValue.None, string.Empty);
}

/// <summary>
/// Writes the residual blocks of a tower. In the last block only one token is pooled, so only that token's query,
/// feed-forward and residual are computed: the same result for some 7 % less work in 12 blocks. The residual sum and
/// every normalisation stay in float32 whatever the precision of the products.
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
    public TransformerGraph(OnnxGraphBuilder graph, IClipWeights weights, ClipGraphOptions options, string tower, int width, int heads)
    {
        _graph = graph;
        _weights = weights;
        _options = options;
        _linear = new LinearGraph(graph, weights, options.Precision);
        (_tower, _width, _heads) = (tower, width, heads);
    }

    private bool IsFused => _options.Style == ClipGraphStyle.Fused;

    /// <summary>A whole block.</summary>
    /// <param name="stream">State before it.</param>
    /// <param name="layer">Number of the block.</param>
    /// <param name="mask">Added to the scores, float32, broadcast to [n, heads, tokens, tokens]; none where all may see
    /// all, and where the operator masks by itself.</param>
    /// <param name="isCausal">Whether no token may see what comes after it: for the fused operator, which needs no mask then
    /// and is faster on a card without one.</param>
    public ResidualStream Block(ResidualStream stream, int layer, GraphValue mask, bool isCausal = false)
    {
        var (normalised, sum) = Normalise(stream, BlockName(layer) + "ln_1");
        return Finish(sum, normalised, normalised, layer, mask, isCausal);
    }

    /// <summary>The last block, for the pooled token alone.</summary>
    /// <param name="stream">State before it.</param>
    /// <param name="layer">Number of the block.</param>
    /// <param name="pool">Picks the pooled token of [n, tokens, width] as [n, 1, width].</param>
    /// <param name="mask">That token's row of the mask, broadcast to [n, heads, 1, tokens].</param>
    public ResidualStream LastBlock(ResidualStream stream, int layer, Func<GraphValue, GraphValue> pool, GraphValue mask)
    {
        var (normalised, sum) = Normalise(stream, BlockName(layer) + "ln_1");
        return Finish(pool(sum), pool(normalised), normalised, layer, mask, isCausal: false);
    }

    /// <summary>A LayerNorm over the width.</summary>
    public GraphValue LayerNorm(GraphValue x, string name) =>
        _graph.LayerNormalization(x, Vector(name + ".weight"), Vector(name + ".bias"), LayerNormEpsilon);

    /// <summary>Adds what is pending to the sum and normalises it.</summary>
    /// <returns>The normalised values and the sum.</returns>
    public (GraphValue Normalised, GraphValue Sum) Normalise(ResidualStream stream, string name)
    {
        if (stream.Product == GraphValue.None)
        {
            return (LayerNorm(stream.Sum, name), stream.Sum);
        }

        // ONNX Runtime's SkipLayerNormalization does this in one operator, but without vector instructions on a CPU:
        // five times slower than the three operators.
        var sum = _graph.Add(stream.Sum, _graph.Add(stream.Product, Vector(stream.BiasTensor)));
        return (LayerNorm(sum, name), sum);
    }

    private ResidualStream Finish(GraphValue sum, GraphValue queries, GraphValue keys, int layer, GraphValue mask, bool isCausal)
    {
        var block = BlockName(layer);
        var isPooled = queries != keys;
        keys = ToProductType(keys);
        var mixed = Attention(isPooled ? ToProductType(queries) : keys, keys, block, mask, isCausal);
        var attended = new ResidualStream(
            sum,
            ToStreamType(Multiply(mixed, block + "attn.out_proj", _width, _width)),
            block + "attn.out_proj.bias"
        );
        (var normalised, sum) = Normalise(attended, block + "ln_2");
        var hidden = Multiply(ToProductType(normalised), block + "mlp.c_fc", _width, 4 * _width);
        hidden = QuickGelu(_graph.Add(hidden, Bias(block + "mlp.c_fc.bias", 4 * _width)));
        var product = Multiply(hidden, block + "mlp.c_proj", 4 * _width, _width);
        return new ResidualStream(sum, ToStreamType(product), block + "mlp.c_proj.bias");
    }

    private GraphValue Attention(GraphValue queries, GraphValue keys, string block, GraphValue mask, bool isCausal)
    {
        var headWidth = _width / _heads;
        var factor = 1 / MathF.Sqrt(headWidth);
        var q = Project(queries, block, "query", 0, factor);
        var k = Project(keys, block, "key", 1, 1);
        var v = Project(keys, block, "value", 2, 1);
        var bias = _graph.FloatWeight(block + "attn.bias", [3 * _width], _linear.ElementType, () => ReadBias(block, factor));
        if (mask != GraphValue.None)
        {
            mask = ToProductType(mask);
        }

        if (IsFused)
        {
            return _graph.MicrosoftNode(
                "MultiHeadAttention",
                mask == GraphValue.None ? [q, k, v, bias] : [q, k, v, bias, GraphValue.None, mask],
                NodeParameter.Of("num_heads", _heads),
                NodeParameter.Of("scale", 1f),
                NodeParameter.Of("unidirectional", isCausal ? 1 : 0)
            );
        }

        var scores = _graph.MatMul(Split(q, 0, 0, 2, 1, 3), Split(k, 1, 0, 2, 3, 1));
        if (mask != GraphValue.None)
        {
            scores = _graph.Add(scores, mask);
        }

        // The sum over all tokens in float, whoever runs it; the fused operator does so by itself.
        var weights = ToProductType(_graph.Softmax(ToStreamType(scores)));
        var mixed = _graph.MatMul(weights, Split(v, 2, 0, 2, 1, 3));
        return _graph.Reshape(_graph.Transpose(mixed, 0, 2, 1, 3), 0, 0, _width);

        GraphValue Split(GraphValue x, int third, params long[] order)
        {
            var part = _graph.Slice(bias, _graph.Vector(third * _width), _graph.Vector((third + 1) * _width), axis: 0);
            return _graph.Transpose(_graph.Reshape(_graph.Add(x, part), 0, 0, _heads, headWidth), order);
        }
    }

    private GraphValue Project(GraphValue x, string block, string part, int third, float factor) =>
        _linear.Multiply(x, new LinearLayer(block + "attn." + part, block + "attn.in_proj_weight", _width, _width, third * _width, factor));

    /// <summary>The bias of q, k and v, joined; q's is scaled as its weight is.</summary>
    private float[] ReadBias(string block, float factor)
    {
        var bias = _weights.Read(block + "attn.in_proj_bias");
        return [.. WeightLayout.Scale(bias.AsSpan(0, _width), factor), .. bias.AsSpan(_width)];
    }

    private GraphValue Multiply(GraphValue x, string name, int inputs, int outputs) =>
        _linear.Multiply(x, new LinearLayer(name, name + ".weight", inputs, outputs));

    private GraphValue QuickGelu(GraphValue x)
    {
        const float Alpha = 1.702f;
        if (IsFused)
        {
            return _graph.MicrosoftNode("QuickGelu", [x], NodeParameter.Of("alpha", Alpha));
        }

        var alpha =
            _linear.ElementType == OnnxElementType.Float16
                ? _graph.Shared(OnnxElementType.Float16, [], [(Half)Alpha])
                : _graph.Scalar(Alpha);
        return _graph.Mul(x, _graph.Sigmoid(_graph.Mul(x, alpha)));
    }

    private GraphValue ToProductType(GraphValue x) =>
        _linear.ElementType == OnnxElementType.Float32 ? x : _graph.Cast(x, _linear.ElementType);

    private GraphValue ToStreamType(GraphValue x) =>
        _linear.ElementType == OnnxElementType.Float32 ? x : _graph.Cast(x, OnnxElementType.Float32);

    private GraphValue Vector(string name) => _graph.Weight(name, [_width], () => _weights.Read(name));

    private GraphValue Bias(string name, int length) => _graph.FloatWeight(name, [length], _linear.ElementType, () => _weights.Read(name));

    private string BlockName(int layer) => $"{_tower}transformer.resblocks.{layer}.";
}
