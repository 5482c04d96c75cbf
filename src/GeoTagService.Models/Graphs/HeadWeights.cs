using GeoTagService.Core.Heads;

namespace GeoTagService.Models.Graphs;

/// <summary>One linear layer, as PyTorch stores it.</summary>
/// <param name="Outputs">Rows.</param>
/// <param name="Inputs">Columns.</param>
/// <param name="Weight">[outputs, inputs], row-major.</param>
/// <param name="Bias">[outputs].</param>
public sealed record HeadLayer(int Outputs, int Inputs, float[] Weight, float[] Bias);

/// <summary>The layers of a head: one, or two with a ReLU between them.</summary>
public sealed class HeadWeights
{
    /// <summary>Checks and keeps the layers.</summary>
    /// <exception cref="ArgumentException">They do not fit each other.</exception>
    public HeadWeights(params IReadOnlyList<HeadLayer> layers)
    {
        ArgumentOutOfRangeException.ThrowIfZero(layers.Count);
        foreach (var layer in layers)
        {
            if (layer.Weight.Length != (long)layer.Outputs * layer.Inputs || layer.Bias.Length != layer.Outputs)
            {
                throw new ArgumentException(
                    $"a layer of [{layer.Outputs}, {layer.Inputs}] has {layer.Weight.Length} weights and "
                    + $"{layer.Bias.Length} biases", nameof(layers));
            }
        }

        for (var i = 1; i < layers.Count; i++)
        {
            if (layers[i].Inputs != layers[i - 1].Outputs)
            {
                throw new ArgumentException(
                    $"layer {i} takes {layers[i].Inputs} numbers, but the one before it gives {layers[i - 1].Outputs}",
                    nameof(layers));
            }
        }

        Layers = layers;
    }

    /// <summary>The layers in order.</summary>
    public IReadOnlyList<HeadLayer> Layers { get; }

    /// <summary>Length of an input row.</summary>
    public int Inputs => Layers[0].Inputs;

    /// <summary>Number of tags.</summary>
    public int Outputs => Layers[^1].Outputs;

    /// <summary>Linear or MLP.</summary>
    public HeadKind Kind => Layers.Count == 1 ? HeadKind.Linear : HeadKind.Mlp;
}
