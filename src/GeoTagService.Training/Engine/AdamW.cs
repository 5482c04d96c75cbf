using System.Numerics;
using System.Runtime.InteropServices;

namespace GeoTagService.Training.Engine;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), with PyTorch's defaults β₁ = 0.9, β₂ = 0.999,
/// ε = 1e-8 and its order of operations.
/// </summary>
internal sealed class AdamW
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.999f;
    private const float Epsilon = 1e-8f;

    public AdamW(HeadParameters parameters)
    {
        FirstMoments = [.. parameters.Values.Select(array => new float[array.Length])];
        SecondMoments = [.. parameters.Values.Select(array => new float[array.Length])];
    }

    /// <summary>Steps done.</summary>
    public int Steps { get; set; }

    public IReadOnlyList<float[]> FirstMoments { get; }

    public IReadOnlyList<float[]> SecondMoments { get; }

    /// <summary>One step along the gradients.</summary>
    public void Step(HeadParameters parameters, IReadOnlyList<float[]> gradients, double learningRate, double weightDecay)
    {
        Steps++;
        var stepSize = (float)(learningRate / (1 - Math.Pow(Beta1, Steps)));
        var correction = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, Steps)));
        var decay = (float)(1 - (learningRate * weightDecay));
        for (var i = 0; i < gradients.Count; i++)
        {
            Step(parameters.Values[i], gradients[i], FirstMoments[i], SecondMoments[i], stepSize, correction, decay);
        }
    }

    private static void Step(
        float[] weights,
        float[] gradients,
        float[] first,
        float[] second,
        float stepSize,
        float correction,
        float decay
    )
    {
        var w = MemoryMarshal.Cast<float, Vector<float>>(weights.AsSpan());
        var g = MemoryMarshal.Cast<float, Vector<float>>(gradients.AsSpan());
        var m = MemoryMarshal.Cast<float, Vector<float>>(first.AsSpan());
        var v = MemoryMarshal.Cast<float, Vector<float>>(second.AsSpan());
        for (var i = 0; i < w.Length; i++)
        {
            m[i] = (m[i] * Beta1) + (g[i] * (1 - Beta1));
            v[i] = (v[i] * Beta2) + (g[i] * g[i] * (1 - Beta2));
            var denominator = (Vector.SquareRoot(v[i]) * correction) + new Vector<float>(Epsilon);
            w[i] = (w[i] * decay) - (m[i] * stepSize / denominator);
        }

        for (var i = w.Length * Vector<float>.Count; i < weights.Length; i++)
        {
            first[i] = (first[i] * Beta1) + (gradients[i] * (1 - Beta1));
            second[i] = (second[i] * Beta2) + (gradients[i] * gradients[i] * (1 - Beta2));
            var denominator = (MathF.Sqrt(second[i]) * correction) + Epsilon;
            weights[i] = (weights[i] * decay) - (first[i] * stepSize / denominator);
        }
    }
}
