using System.Numerics;
using GeoTagService.Core;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Archives;

namespace GeoTagService.Models.Weights;

/// <summary>A classification head as it was trained.</summary>
/// <param name="Name">File name without extension, as published.</param>
/// <param name="Kind">Linear or MLP.</param>
/// <param name="Modalities">The parts of its input, concatenated in the order image, title, location.</param>
/// <param name="MixUp">Whether it was trained with MixUp.</param>
/// <param name="Layers">One layer (linear), or two with a ReLU between them (MLP).</param>
public sealed record HeadWeights(string Name, HeadKind Kind, Modalities Modalities, bool MixUp, IReadOnlyList<HeadLayer> Layers)
{
    /// <summary>Rows of every head's output: the tags of the competition.</summary>
    public const int Tags = 49;

    private const int LocationFeatures = 2;

    /// <summary>Length of its input.</summary>
    public int InputWidth => Layers[0].Inputs;

    /// <summary>Length of one embedding in its input; null for a head of the location alone.</summary>
    public int? EmbeddingDimension { get; } = FindEmbeddingDimension(Name, Modalities, Layers[0].Inputs);

    /// <summary>Reads a head: <c>weight</c>, <c>bias</c>, or <c>0.weight</c>, <c>0.bias</c>, <c>3.weight</c>, <c>3.bias</c>
    /// (PyTorch's Sequential of Linear, ReLU, Dropout, Linear), from any format of <see cref="TensorArchive"/>.</summary>
    /// <param name="path">Path of the file, whose name says what the head takes.</param>
    /// <exception cref="WeightsFormatException">It is damaged, no head, or its widths do not fit its name.</exception>
    public static HeadWeights Read(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        if (!HeadName.TryParse(name, out var parsed))
        {
            throw new WeightsFormatException(
                path,
                "the file's name does not say what the head takes; expected (linear|mlp)[-img][-txt][-loc][-mixup]"
            );
        }

        using var archive = TensorArchive.Open(path);
        string[] prefixes = parsed.Kind == HeadKind.Linear ? [string.Empty] : ["0.", "3."];
        if (archive.Tensors.Count != 2 * prefixes.Length)
        {
            throw new WeightsFormatException(
                path,
                $"a head of this kind has {2 * prefixes.Length} tensors, this file has {archive.Tensors.Count}"
            );
        }

        var layers = prefixes.Select(prefix => ReadLayer(path, archive, prefix)).ToArray();
        if (layers[^1].Outputs != Tags)
        {
            throw new WeightsFormatException(path, $"the head has {layers[^1].Outputs} outputs, not {Tags}");
        }

        if (layers.Length == 2 && layers[0].Outputs != layers[1].Inputs)
        {
            throw new WeightsFormatException(
                path,
                $"the first layer gives {layers[0].Outputs} values, the second takes {layers[1].Inputs}"
            );
        }

        return new HeadWeights(name, parsed.Kind, parsed.Modalities, parsed.MixUp, layers);
    }

    private static int? FindEmbeddingDimension(string name, Modalities modalities, int width)
    {
        var embeddings = BitOperations.PopCount((uint)(modalities & (Modalities.Image | Modalities.Title)));
        var rest = width - (modalities.HasFlag(Modalities.Location) ? LocationFeatures : 0);
        var fits = embeddings == 0 ? rest == 0 : rest > 0 && rest % embeddings == 0;
        if (!fits)
        {
            throw new WeightsFormatException(name, $"an input of {width} values does not fit what the name says ({modalities})");
        }

        return embeddings == 0 ? null : rest / embeddings;
    }

    private static HeadLayer ReadLayer(string path, ITensorArchive archive, string prefix)
    {
        if (!archive.Tensors.TryGetValue(prefix + "weight", out var weight) || !archive.Tensors.TryGetValue(prefix + "bias", out var bias))
        {
            throw new WeightsFormatException(path, $"the head lacks '{prefix}weight' or '{prefix}bias'");
        }

        if (weight.Shape is not [> 0 and <= ushort.MaxValue, > 0 and <= ushort.MaxValue] || !bias.Shape.SequenceEqual([weight.Shape[0]]))
        {
            throw new WeightsFormatException(
                path,
                $"'{prefix}weight' is [{string.Join(", ", weight.Shape)}] and '{prefix}bias' [{string.Join(", ", bias.Shape)}]"
            );
        }

        var layer = new HeadLayer(new float[weight.Elements], new float[bias.Elements], (int)weight.Shape[1], (int)weight.Shape[0]);
        archive.ReadFloat32(weight.Name, layer.Weight);
        archive.ReadFloat32(bias.Name, layer.Bias);
        return Array.TrueForAll(layer.Weight, float.IsFinite) && Array.TrueForAll(layer.Bias, float.IsFinite)
            ? layer
            : throw new WeightsFormatException(path, $"'{prefix}weight' or '{prefix}bias' holds a value that is not finite");
    }
}

/// <summary>A linear layer: y = W·x + b.</summary>
/// <param name="Weight">[outputs, inputs], row-major.</param>
/// <param name="Bias">[outputs].</param>
/// <param name="Inputs">Length of x.</param>
/// <param name="Outputs">Length of y.</param>
public sealed record HeadLayer(float[] Weight, float[] Bias, int Inputs, int Outputs);
