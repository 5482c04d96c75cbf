namespace GeoTagService.Models.Graphs;

/// <summary>The operators that graphs of ours use, by name. Broadcasting follows NumPy, as ONNX defines it.</summary>
public static class OnnxGraphOperators
{
    /// <summary>a + b.</summary>
    public static GraphValue Add(this OnnxGraphBuilder graph, GraphValue a, GraphValue b) => graph.Node("Add", [a, b]);

    /// <summary>a − b.</summary>
    public static GraphValue Sub(this OnnxGraphBuilder graph, GraphValue a, GraphValue b) => graph.Node("Sub", [a, b]);

    /// <summary>a · b, element by element.</summary>
    public static GraphValue Mul(this OnnxGraphBuilder graph, GraphValue a, GraphValue b) => graph.Node("Mul", [a, b]);

    /// <summary>a / b.</summary>
    public static GraphValue Div(this OnnxGraphBuilder graph, GraphValue a, GraphValue b) => graph.Node("Div", [a, b]);

    /// <summary>Matrix product over the last two dimensions.</summary>
    public static GraphValue MatMul(this OnnxGraphBuilder graph, GraphValue a, GraphValue b) => graph.Node("MatMul", [a, b]);

    /// <summary>A·B + c for matrices, each transposed on request.</summary>
    public static GraphValue Gemm(
        this OnnxGraphBuilder graph,
        GraphValue a,
        GraphValue b,
        GraphValue c,
        bool transposeA,
        bool transposeB
    ) =>
        graph.Node(
            "Gemm",
            c == GraphValue.None ? [a, b] : [a, b, c],
            NodeParameter.Of("transA", transposeA ? 1 : 0),
            NodeParameter.Of("transB", transposeB ? 1 : 0)
        );

    /// <summary>max(0, x).</summary>
    public static GraphValue Relu(this OnnxGraphBuilder graph, GraphValue x) => graph.Node("Relu", [x]);

    /// <summary>1 / (1 + e^−x).</summary>
    public static GraphValue Sigmoid(this OnnxGraphBuilder graph, GraphValue x) => graph.Node("Sigmoid", [x]);

    /// <summary>Softmax along one axis.</summary>
    public static GraphValue Softmax(this OnnxGraphBuilder graph, GraphValue x, int axis = -1) =>
        graph.Node("Softmax", [x], NodeParameter.Of("axis", axis));

    /// <summary>Natural logarithm.</summary>
    public static GraphValue Log(this OnnxGraphBuilder graph, GraphValue x) => graph.Node("Log", [x]);

    /// <summary>e^x.</summary>
    public static GraphValue Exp(this OnnxGraphBuilder graph, GraphValue x) => graph.Node("Exp", [x]);

    /// <summary>|x|.</summary>
    public static GraphValue Abs(this OnnxGraphBuilder graph, GraphValue x) => graph.Node("Abs", [x]);

    /// <summary>−x.</summary>
    public static GraphValue Neg(this OnnxGraphBuilder graph, GraphValue x) => graph.Node("Neg", [x]);

    /// <summary>Converts the element type.</summary>
    public static GraphValue Cast(this OnnxGraphBuilder graph, GraphValue x, OnnxElementType type) =>
        graph.Node("Cast", [x], NodeParameter.Of("to", (long)type));

    /// <summary>a == b.</summary>
    public static GraphValue Equal(this OnnxGraphBuilder graph, GraphValue a, GraphValue b) => graph.Node("Equal", [a, b]);

    /// <summary>a &gt; b.</summary>
    public static GraphValue Greater(this OnnxGraphBuilder graph, GraphValue a, GraphValue b) => graph.Node("Greater", [a, b]);

    /// <summary>a where the condition holds, else b.</summary>
    public static GraphValue Where(this OnnxGraphBuilder graph, GraphValue condition, GraphValue a, GraphValue b) =>
        graph.Node("Where", [condition, a, b]);

    /// <summary>Sum over axes, kept as size 1 on request.</summary>
    public static GraphValue ReduceSum(this OnnxGraphBuilder graph, GraphValue x, bool keep, params long[] axes) =>
        graph.Node("ReduceSum", [x, graph.Vector(axes)], NodeParameter.Of("keepdims", keep ? 1 : 0));

    /// <summary>Mean over axes, kept as size 1 on request.</summary>
    public static GraphValue ReduceMean(this OnnxGraphBuilder graph, GraphValue x, bool keep, params long[] axes) =>
        graph.Node("ReduceMean", [x, graph.Vector(axes)], NodeParameter.Of("keepdims", keep ? 1 : 0));

    /// <summary>Largest over axes, kept as size 1 on request.</summary>
    public static GraphValue ReduceMax(this OnnxGraphBuilder graph, GraphValue x, bool keep, params long[] axes) =>
        graph.Node("ReduceMax", [x, graph.Vector(axes)], NodeParameter.Of("keepdims", keep ? 1 : 0));

    /// <summary>Joins along an axis.</summary>
    public static GraphValue Concat(this OnnxGraphBuilder graph, int axis, params GraphValue[] parts) =>
        graph.Node("Concat", parts, NodeParameter.Of("axis", axis));

    /// <summary>New shape; 0 keeps a dimension, −1 takes what is left.</summary>
    public static GraphValue Reshape(this OnnxGraphBuilder graph, GraphValue x, params long[] shape) =>
        graph.Node("Reshape", [x, graph.Vector(shape)]);

    /// <summary>Exchanges dimensions.</summary>
    public static GraphValue Transpose(this OnnxGraphBuilder graph, GraphValue x, params long[] permutation) =>
        graph.Node("Transpose", [x], NodeParameter.OfList("perm", permutation));

    /// <summary>The shape of a tensor, or a part of it: dimensions start to end (exclusive).</summary>
    public static GraphValue Shape(this OnnxGraphBuilder graph, GraphValue x, long start, long end) =>
        graph.Node("Shape", [x], NodeParameter.Of("start", start), NodeParameter.Of("end", end));

    /// <summary>Picks entries along an axis.</summary>
    public static GraphValue Gather(this OnnxGraphBuilder graph, GraphValue x, GraphValue indices, int axis) =>
        graph.Node("Gather", [x, indices], NodeParameter.Of("axis", axis));

    /// <summary>Entries start to end (exclusive) along one axis.</summary>
    public static GraphValue Slice(this OnnxGraphBuilder graph, GraphValue x, GraphValue start, GraphValue end, long axis) =>
        graph.Node("Slice", [x, start, end, graph.Vector(axis)]);

    /// <summary>Inserts dimensions of size 1.</summary>
    public static GraphValue Unsqueeze(this OnnxGraphBuilder graph, GraphValue x, params long[] axes) =>
        graph.Node("Unsqueeze", [x, graph.Vector(axes)]);

    /// <summary>Repeats to a shape known at run time.</summary>
    public static GraphValue Expand(this OnnxGraphBuilder graph, GraphValue x, GraphValue shape) => graph.Node("Expand", [x, shape]);

    /// <summary>Normalises over the last axis, then scales and shifts.</summary>
    public static GraphValue LayerNormalization(
        this OnnxGraphBuilder graph,
        GraphValue x,
        GraphValue scale,
        GraphValue bias,
        float epsilon
    ) => graph.Node("LayerNormalization", [x, scale, bias], NodeParameter.Of("axis", -1), NodeParameter.Of("epsilon", epsilon));
}
