using GeoTagService.Core;
using GeoTagService.Core.Tags;

namespace GeoTagService.Testing;

/// <summary>
/// A head with weights that follow from its name: linear, or, as an MLP, the same with a bend in it. Real arithmetic,
/// so that explanations and batch invariance can be checked against it.
/// </summary>
public sealed class FakeTagHead : ITagHead
{
    private readonly int _dimension;
    private readonly int _tags;
    private readonly float[] _weights;
    private readonly float[] _bias;

    /// <summary>Creates the head.</summary>
    public FakeTagHead(HeadDescriptor descriptor, int dimension, int tags)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        Descriptor = descriptor;
        _dimension = dimension;
        _tags = tags;
        var random = new Random(StableSeed(descriptor.Name));
        var inputs = (2 * dimension) + 2;
        _weights = [.. Enumerable.Range(0, inputs * tags).Select(_ => (float)((random.NextDouble() * 2) - 1))];
        _bias = [.. Enumerable.Range(0, tags).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    /// <inheritdoc/>
    public HeadDescriptor Descriptor { get; }

    /// <inheritdoc/>
    public void Score(
        int rows,
        ReadOnlySpan<float> imageEmbeddings,
        ReadOnlySpan<float> titleEmbeddings,
        ReadOnlySpan<float> locations,
        Span<float> logits,
        Span<float> probabilities
    )
    {
        for (var row = 0; row < rows; row++)
        {
            for (var tag = 0; tag < _tags; tag++)
            {
                var sum =
                    _bias[tag]
                    + Dot(Modalities.Image, imageEmbeddings, row, _dimension, tag, 0)
                    + Dot(Modalities.Title, titleEmbeddings, row, _dimension, tag, _dimension)
                    + Dot(Modalities.Location, locations, row, 2, tag, 2 * _dimension);
                var logit = Descriptor.Kind == HeadKind.Mlp ? MathF.Tanh(sum) * 3 : sum;
                logits[(row * _tags) + tag] = logit;
                probabilities[(row * _tags) + tag] = 1f / (1f + MathF.Exp(-logit));
            }
        }
    }

    private static int StableSeed(string name) => name.Aggregate(17, (seed, letter) => unchecked((seed * 31) + letter));

    private float Dot(Modalities part, ReadOnlySpan<float> values, int row, int width, int tag, int offset)
    {
        if (!Descriptor.Modalities.HasFlag(part))
        {
            return values.IsEmpty ? 0 : throw new ArgumentException($"{part} was given to a head that does not use it");
        }

        var sum = 0f;
        for (var i = 0; i < width; i++)
        {
            sum += values[(row * width) + i] * _weights[((offset + i) * _tags) + tag];
        }

        return sum;
    }
}
