using GeoTagService.Core.Batching;

namespace GeoTagService.Core.Encoders;

/// <summary>
/// The seam to the engine that runs the two CLIP towers. A plain batch in, plain floats out; no HTTP, no text,
/// no types of the engine. Both calls block their thread for the native run and may be made from two threads at
/// once (one photo batch and one title batch).
/// </summary>
public interface IClipEncoder
{
    /// <summary>Sizes that callers need.</summary>
    ClipGeometry Geometry { get; }

    /// <summary>Where and how it runs.</summary>
    EncoderRuntime Runtime { get; }

    /// <summary>Encodes photos.</summary>
    /// <param name="crops">1..max crops, each <c>size × size × 3</c> bytes, interleaved RGB, as
    /// <see cref="Photos.ImagePreprocessor"/> makes them. The engine normalises while it fills its tensor, which keeps a waiting
    /// photo at a quarter of its float size.</param>
    /// <param name="embeddings">Receives crops.Count × <see cref="ClipGeometry.EmbeddingDimension"/> raw projections.</param>
    void EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> crops, Span<float> embeddings);

    /// <summary>Encodes titles, only as wide as the longest of the batch.</summary>
    /// <param name="tokens">1..max token sequences with start and end token and without padding, each of length
    /// 2..<see cref="ClipGeometry.ContextLength"/>.</param>
    /// <param name="embeddings">Receives tokens.Count × <see cref="ClipGeometry.EmbeddingDimension"/> raw projections.</param>
    void EncodeTitles(IReadOnlyList<ReadOnlyMemory<int>> tokens, Span<float> embeddings);

    /// <summary>Encodes photos on a share of the machine; answers are those of
    /// <see cref="EncodeImages(IReadOnlyList{ReadOnlyMemory{byte}}, Span{float})"/>, which this is by default.</summary>
    void EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> crops, Span<float> embeddings, MachineShare share) =>
        EncodeImages(crops, embeddings);

    /// <summary>Encodes titles on a share of the machine; answers are those of
    /// <see cref="EncodeTitles(IReadOnlyList{ReadOnlyMemory{int}}, Span{float})"/>, which this is by default.</summary>
    void EncodeTitles(IReadOnlyList<ReadOnlyMemory<int>> tokens, Span<float> embeddings, MachineShare share) =>
        EncodeTitles(tokens, embeddings);

    /// <summary>Does what the engine put off so that it could answer sooner; by default nothing. Blocks for as long as it
    /// takes, while runs go on. Afterwards runs are faster, and their answers the same.</summary>
    /// <param name="largestBatch">Photos, or titles of full length, that a run will have at most: what memory is made ready
    /// for.</param>
    /// <param name="cancellationToken">Leaves it at what is done.</param>
    void FinishLoading(int largestBatch, CancellationToken cancellationToken)
    {
        // Nothing was put off.
    }
}

/// <summary>Sizes of a loaded CLIP.</summary>
/// <param name="ImageSize">Edge of the square crop, pixels (224).</param>
/// <param name="ContextLength">Longest token sequence (77).</param>
/// <param name="VocabularySize">Number of token ids (49,408).</param>
/// <param name="EmbeddingDimension">Length of both embeddings (512).</param>
public sealed record ClipGeometry(int ImageSize, int ContextLength, int VocabularySize, int EmbeddingDimension);
