using GeoTagService.Core.Batching;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Encoders;

/// <summary>
/// The first inferences, before anybody waits for one: they prove that the model runs on this machine, grow the engine's
/// memory to what it will need, and choose its kernels.
/// </summary>
public sealed class EncoderWarmup
{
    /// <summary>Tokens of a typical title.</summary>
    private const int TypicalTitle = 8;

    private readonly LoadedModel _model;
    private readonly BatchingOptions _options;
    private readonly ImagePreprocessor _preprocessor;

    /// <summary>Creates the warm-up.</summary>
    public EncoderWarmup(LoadedModel model, BatchingOptions options, ImagePreprocessor preprocessor)
    {
        _model = model;
        _options = options;
        _preprocessor = preprocessor;
    }

    /// <summary>Runs it; blocks for as long as it takes.</summary>
    /// <exception cref="BundleException">The model does not run, or answers with what is no number.</exception>
    /// <exception cref="InvalidOperationException">The photo's preparation does not give the reference's pixels.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        PreprocessingSelfTest.Run(_preprocessor);
        foreach (var size in Sizes(_options.MaxBatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            EncodeImages(size);
        }

        if (!_model.Encoder.Runtime.FinishesLater)
        {
            // The widest run first, then typical ones.
            EncodeTitles(_options.MaxBatchSize, _model.Encoder.Geometry.ContextLength);
        }

        foreach (var size in _model.Encoder.Runtime.ShapesNeedWarmup ? Sizes(_options.MaxTitleBatchSize) : [1])
        {
            cancellationToken.ThrowIfCancellationRequested();
            EncodeTitles(size, Math.Min(TypicalTitle, _model.Encoder.Geometry.ContextLength));
        }

        var emptyTitle = EncodeTitles(1, 2);
        foreach (var head in _model.Heads)
        {
            Score(head, emptyTitle);
        }

        _model.EmptyTitle = emptyTitle;
    }

    /// <summary>The largest first: memory then grows once. On a CPU nothing between it and a lone item needs anything new
    /// (docs/decisions/engine-plan.md), and where what runs now is soon replaced, its memory need not grow; a card chooses
    /// kernels by size, so that there each power of two has its turn.</summary>
    private IEnumerable<int> Sizes(int maximum)
    {
        if (_model.Encoder.Runtime.FinishesLater)
        {
            yield return 1;
            yield break;
        }

        yield return maximum;
        if (!_model.Encoder.Runtime.ShapesNeedWarmup)
        {
            if (maximum > 1)
            {
                yield return 1;
            }

            yield break;
        }

        for (var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)maximum) / 2; size >= 1; size /= 2)
        {
            yield return size;
        }
    }

    private void EncodeImages(int count)
    {
        var geometry = _model.Encoder.Geometry;
        var crop = new byte[geometry.ImageSize * geometry.ImageSize * 3];
        for (var i = 0; i < crop.Length; i++)
        {
            crop[i] = (byte)(i * 31);
        }

        var embeddings = new float[count * geometry.EmbeddingDimension];
        _model.Encoder.EncodeImages([.. Enumerable.Repeat<ReadOnlyMemory<byte>>(crop, count)], embeddings);
        RequireNumbers(embeddings, "the photo encoder");
    }

    private float[] EncodeTitles(int count, int length)
    {
        var vocabulary = _model.Bundle.Manifest.Vocabulary;
        var ids = new int[length];
        ids[0] = vocabulary.StartToken;
        // Any letters: ids 64 to 89 are single bytes in every vocabulary of CLIP's form.
        for (var i = 1; i < length - 1; i++)
        {
            ids[i] = 64 + (i % 26);
        }

        ids[^1] = vocabulary.EndToken;
        var embeddings = new float[count * _model.Encoder.Geometry.EmbeddingDimension];
        _model.Encoder.EncodeTitles([.. Enumerable.Repeat<ReadOnlyMemory<int>>(ids, count)], embeddings);
        RequireNumbers(embeddings, "the title encoder");
        return embeddings;
    }

    private void Score(ITagHead head, float[] embedding)
    {
        var tags = _model.Bundle.Manifest.Tags.Count;
        var probabilities = new float[tags];
        var modalities = head.Descriptor.Modalities;
        head.Score(
            1,
            modalities.HasFlag(Modalities.Image) ? embedding : [],
            modalities.HasFlag(Modalities.Title) ? embedding : [],
            modalities.HasFlag(Modalities.Location) ? [0, 0] : [],
            new float[tags],
            probabilities);
        RequireNumbers(probabilities, $"the head {head.Descriptor.Name}");
    }

    private static void RequireNumbers(float[] values, string what)
    {
        if (!Array.TrueForAll(values, float.IsFinite))
        {
            throw new BundleException($"{what} answered its first inference with values that are no numbers");
        }
    }
}
