namespace GeoTagService.Core.Tags;

/// <summary>
/// The seam to the engine that runs a classification head: raw embeddings in, logits and probabilities out.
/// Implementations are safe to call from many threads at once.
/// </summary>
public interface ITagHead
{
    /// <summary>What the head is: name, modalities, kind, published metrics, threshold.</summary>
    HeadDescriptor Descriptor { get; }

    /// <summary>Scores a batch of rows. Spans of modalities that the head does not use are empty.</summary>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="imageEmbeddings">rows × embedding dimension, row-major, raw (not normalised).</param>
    /// <param name="titleEmbeddings">rows × embedding dimension, row-major, raw (not normalised).</param>
    /// <param name="locations">rows × 2: lat_norm, lon_norm of <c>LocationFeatures</c>.</param>
    /// <param name="logits">Receives rows × tags.</param>
    /// <param name="probabilities">Receives rows × tags, each in [0, 1].</param>
    void Score(
        int rows,
        ReadOnlySpan<float> imageEmbeddings,
        ReadOnlySpan<float> titleEmbeddings,
        ReadOnlySpan<float> locations,
        Span<float> logits,
        Span<float> probabilities
    );
}

/// <summary>Whether a head is one layer or two.</summary>
public enum HeadKind
{
    /// <summary>One linear layer.</summary>
    Linear,

    /// <summary>Linear, ReLU, (dropout in training,) linear.</summary>
    Mlp,
}

/// <summary>A head as the bundle describes it.</summary>
/// <param name="Name">Unique in the bundle, as published: <c>mlp-img-txt-loc</c>.</param>
/// <param name="Modalities">The parts of its input.</param>
/// <param name="Kind">Its shape.</param>
/// <param name="MixUp">Whether it was trained with MixUp.</param>
/// <param name="Metrics">Measured quality, from its publisher.</param>
/// <param name="Thresholds">Per tag in head-row order, or one value for all; a tag is chosen when p &gt; threshold.</param>
public sealed record HeadDescriptor(
    string Name,
    Modalities Modalities,
    HeadKind Kind,
    bool MixUp,
    HeadMetrics Metrics,
    IReadOnlyList<float> Thresholds
)
{
    /// <summary>How much of a place's log-odds each logit takes, in head-row order; null for a head without a place prior.</summary>
    public IReadOnlyList<float>? PlaceWeights { get; init; }
}
