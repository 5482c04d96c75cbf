using GeoTagService.Core.Tags;
using GeoTagService.Models.Graphs;

namespace GeoTagService.Training.Engine;

/// <summary>
/// The forward pass, loss and gradients of a head as one ONNX graph. Inputs: <c>x</c> [batch, in],
/// <c>y</c> [batch, tags] in [0, 1], the parameters, <c>scale</c> [] (1 / (batch · tags)) and, for an MLP, <c>mask</c>
/// [batch, hidden] (0, or 1 / (1 − dropout)). Outputs: <c>loss</c> [] (mean over batch and tags) and <c>grad:NAME</c>
/// for every parameter.
/// </summary>
internal static class TrainingGraph
{
    public const string Input = "x";
    public const string Target = "y";
    public const string Scale = "scale";
    public const string Mask = "mask";
    public const string Loss = "loss";
    public const string Logits = "logits";

    // Keeps logarithms finite where a probability has rounded to 0 or 1.
    private const float Tiny = 1e-8f;

    public static string GradientOf(string parameter) => "grad:" + parameter;

    /// <summary>The graph of one training step.</summary>
    public static byte[] Training(HeadParameters parameters, TrainingRecipe recipe)
    {
        var graph = new OnnxGraphBuilder("head-training");
        var x = graph.Input(Input, OnnxElementType.Float32, "batch", parameters.Inputs);
        var y = graph.Input(Target, OnnxElementType.Float32, "batch", parameters.Tags);
        var scale = graph.Input(Scale, OnnxElementType.Float32);
        var weights = Declare(graph, parameters);

        if (parameters.Kind == HeadKind.Linear)
        {
            var logits = graph.Gemm(x, weights[0], weights[1], transposeA: false, transposeB: true);
            var gradient = LossAndGradient(graph, logits, y, scale, recipe);
            Gradients(graph, parameters, 0, gradient, x);
        }
        else
        {
            var mask = graph.Input(Mask, OnnxElementType.Float32, "batch", parameters.Hidden);
            var before = graph.Gemm(x, weights[0], weights[1], transposeA: false, transposeB: true);
            var hidden = graph.Mul(graph.Relu(before), mask);
            var logits = graph.Gemm(hidden, weights[2], weights[3], transposeA: false, transposeB: true);
            var gradient = LossAndGradient(graph, logits, y, scale, recipe);
            Gradients(graph, parameters, 2, gradient, hidden);
            var open = graph.Cast(graph.Greater(before, graph.Scalar(0)), OnnxElementType.Float32);
            var back = graph.Mul(graph.Mul(graph.MatMul(gradient, weights[2]), mask), open);
            Gradients(graph, parameters, 0, back, x);
        }

        return graph.ToBytes();
    }

    /// <summary>The graph of a forward pass: <c>x</c> and the parameters to <c>logits</c>.</summary>
    public static byte[] Forward(HeadParameters parameters)
    {
        var graph = new OnnxGraphBuilder("head-forward");
        var x = graph.Input(Input, OnnxElementType.Float32, "batch", parameters.Inputs);
        var weights = Declare(graph, parameters);
        if (parameters.Kind == HeadKind.Mlp)
        {
            x = graph.Relu(graph.Gemm(x, weights[0], weights[1], transposeA: false, transposeB: true));
        }

        var logits = graph.Gemm(x, weights[^2], weights[^1], transposeA: false, transposeB: true);
        graph.Output(Logits, logits, OnnxElementType.Float32, "batch", parameters.Tags);
        return graph.ToBytes();
    }

    private static GraphValue[] Declare(OnnxGraphBuilder graph, HeadParameters parameters) =>
        [
            .. parameters.Names.Select(
                (name, i) => graph.Input(name, OnnxElementType.Float32, [.. parameters.Shapes[i].Select(GraphDimension.FromInt64)])
            ),
        ];

    private static void Gradients(OnnxGraphBuilder graph, HeadParameters parameters, int layer, GraphValue gradient, GraphValue layerInput)
    {
        var weight = graph.Gemm(gradient, layerInput, GraphValue.None, transposeA: true, transposeB: false);
        var bias = graph.ReduceSum(gradient, keep: false, 0);
        graph.Output(
            GradientOf(parameters.Names[layer]),
            weight,
            OnnxElementType.Float32,
            [.. parameters.Shapes[layer].Select(GraphDimension.FromInt64)]
        );
        graph.Output(GradientOf(parameters.Names[layer + 1]), bias, OnnxElementType.Float32, parameters.Shapes[layer + 1][0]);
    }

    /// <summary>Declares the loss and gives its gradient by the logits, already scaled to the mean.</summary>
    private static GraphValue LossAndGradient(OnnxGraphBuilder graph, GraphValue z, GraphValue y, GraphValue scale, TrainingRecipe recipe)
    {
        var p = graph.Sigmoid(z);
        GraphValue loss,
            gradient;
        if (recipe.Loss == LossKind.BinaryCrossEntropy)
        {
            // softplus(z) − z·y is the cross-entropy of the logit, without a logarithm of a rounded probability.
            loss = graph.Sub(graph.Node("Softplus", [z]), graph.Mul(z, y));
            gradient = graph.Sub(p, y);
        }
        else
        {
            (loss, gradient) = Focusing(graph, p, y, recipe);
        }

        graph.Output(Loss, graph.Mul(graph.ReduceSum(loss, keep: false, 0, 1), scale), OnnxElementType.Float32);
        return graph.Mul(gradient, scale);
    }

    /// <summary>
    /// −y (1−p)^γ₊ log p − (1−y) q^γ₋ log(1−q) with q = max(p − m, 0), and its derivative by the logit. With m = 0 and
    /// equal exponents it is the focal loss.
    /// </summary>
    private static (GraphValue Loss, GraphValue Gradient) Focusing(
        OnnxGraphBuilder graph,
        GraphValue p,
        GraphValue y,
        TrainingRecipe recipe
    )
    {
        var asymmetric = recipe.Loss == LossKind.Asymmetric;
        var one = graph.Scalar(1);
        var positiveGamma = (float)(asymmetric ? recipe.PositiveGamma : recipe.NegativeGamma);
        var negativeGamma = (float)recipe.NegativeGamma;
        var margin = asymmetric ? (float)recipe.NegativeMargin : 0;

        var rest = graph.Sub(one, p);
        var logP = SafeLog(graph, p);
        var positiveFocus = Power(graph, rest, positiveGamma);
        var positive = graph.Neg(graph.Mul(positiveFocus, logP));
        var positiveSlope = graph.Mul(positiveFocus, graph.Sub(graph.Mul(graph.Scalar(positiveGamma), graph.Mul(p, logP)), rest));

        var q = margin > 0 ? graph.Relu(graph.Sub(p, graph.Scalar(margin))) : p;
        var restOfQ = graph.Sub(one, q);
        var logRest = SafeLog(graph, restOfQ);
        var negative = graph.Neg(graph.Mul(Power(graph, q, negativeGamma), logRest));

        // dN/dz = p(1−p)·[q^γ/(1−q) − γ q^(γ−1) log(1−q)], and zero where the margin swallowed the probability.
        var slopeByQ = graph.Div(Power(graph, q, negativeGamma), graph.Add(restOfQ, graph.Scalar(Tiny)));
        if (negativeGamma > 0)
        {
            slopeByQ = graph.Sub(slopeByQ, graph.Mul(graph.Scalar(negativeGamma), graph.Mul(Power(graph, q, negativeGamma - 1), logRest)));
        }

        var negativeSlope = graph.Mul(graph.Mul(p, rest), slopeByQ);
        if (margin > 0)
        {
            var counts = graph.Cast(graph.Greater(q, graph.Scalar(0)), OnnxElementType.Float32);
            negativeSlope = graph.Mul(negativeSlope, counts);
        }

        var notY = graph.Sub(one, y);
        return (
            graph.Add(graph.Mul(y, positive), graph.Mul(notY, negative)),
            graph.Add(graph.Mul(y, positiveSlope), graph.Mul(notY, negativeSlope))
        );
    }

    private static GraphValue SafeLog(OnnxGraphBuilder graph, GraphValue x) => graph.Log(graph.Add(x, graph.Scalar(Tiny)));

    private static GraphValue Power(OnnxGraphBuilder graph, GraphValue x, float exponent) =>
        exponent switch
        {
            0 => graph.Scalar(1),
            1 => x,
            2 => graph.Mul(x, x),
            _ => graph.Node("Pow", [graph.Add(x, graph.Scalar(Tiny)), graph.Scalar(exponent)]),
        };
}
