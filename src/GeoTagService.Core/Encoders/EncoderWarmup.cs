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
        if (Runtime.ShapesNeedWarmup)
        {
            WarmEveryShape(cancellationToken);
        }
        else
        {
            WarmLargest(cancellationToken);
        }

        var emptyTitle = EncodeTitles(1, 2);
        foreach (var head in _model.Heads)
        {
            Score(head, emptyTitle);
        }

        _model.EmptyTitle = emptyTitle;
    }

    /// <summary>A lone photo and a lone title: whether the encoder still works.</summary>
    /// <exception cref="BundleException">It answers with what is no number.</exception>
    internal void RunOnce()
    {
        EncodeImages(1);
        EncodeTitles(1, Math.Min(TypicalTitle, Context));
    }

    private EncoderRuntime Runtime => _model.Encoder.Runtime;

    private int Context => _model.Encoder.Geometry.ContextLength;

    /// <summary>The largest first: memory then grows once. On a CPU nothing between it and a lone item needs anything new
    /// (docs/decisions/engine-plan.md), and where what runs now is soon replaced, its memory need not grow.</summary>
    private void WarmLargest(CancellationToken cancellationToken)
    {
        var largest = _options.PhotosOn(Runtime);
        if (!Runtime.FinishesLater)
        {
            EncodeImages(largest);
        }

        if (Runtime.FinishesLater || largest > 1)
        {
            cancellationToken.ThrowIfCancellationRequested();
            EncodeImages(1);
        }

        if (!Runtime.FinishesLater)
        {
            // The widest run first, then a typical one.
            EncodeTitles(largest, Context);
        }

        cancellationToken.ThrowIfCancellationRequested();
        EncodeTitles(1, Math.Min(TypicalTitle, Context));
    }

    /// <summary>A card chooses kernels by shape, so that each has its turn, the largest first; and as many runs at once as there
    /// will be, because each has memory of its own.</summary>
    private void WarmEveryShape(CancellationToken cancellationToken)
    {
        foreach (var size in Sizes(_options.PhotosOn(Runtime)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            AtOnce(() => EncodeImages(size));
        }

        var limit = (long)_options.PhotosOn(Runtime) * Context;
        var shapes =
            from size in Sizes(_options.TitlesOn(Runtime))
            from width in Widths()
            // The smallest run that is filled up to this shape; where even that one is too large, there is none.
            let least = size == 1 ? 0 : ((size / 2) + 1) * (long)Math.Max(2, width - Runtime.TitleStep + 1)
            where least <= limit
            orderby size * width descending
            select (size, width);
        foreach (var (size, width) in shapes.ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            AtOnce(() => EncodeTitles(size, width));
        }
    }

    private void AtOnce(Action run) =>
        Task.WhenAll(
                Enumerable
                    .Range(0, Runtime.ConcurrentRuns)
                    .Select(_ => Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))
            )
            .GetAwaiter()
            .GetResult();

    /// <summary>Each size to which runs are filled up, the largest first: powers of two.</summary>
    private static IEnumerable<int> Sizes(int maximum)
    {
        for (var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)maximum); size >= 1; size /= 2)
        {
            yield return Math.Min(size, maximum);
        }
    }

    private IEnumerable<int> Widths()
    {
        for (var width = Runtime.TitleStep; width < Context; width += Runtime.TitleStep)
        {
            yield return Math.Max(2, width);
        }

        yield return Context;
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
        Try(() => _model.Encoder.EncodeImages([.. Enumerable.Repeat<ReadOnlyMemory<byte>>(crop, count)], embeddings), count, "photos");
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
        Try(() => _model.Encoder.EncodeTitles([.. Enumerable.Repeat<ReadOnlyMemory<int>>(ids, count)], embeddings), count, "titles");
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
            probabilities
        );
        RequireNumbers(probabilities, $"the head {head.Descriptor.Name}");
    }

    /// <summary>What the engine fails with becomes a fault that names the run: most often it is too large for the memory.</summary>
    private static void Try(Action run, int count, string what)
    {
        try
        {
            run();
        }
        catch (Exception failure)
            when (failure is not (BundleException or EncoderLostException or ObjectDisposedException or OperationCanceledException))
        {
            throw new BundleException($"the first run of {count} {what} failed: {failure.Message.ReplaceLineEndings(" ").Trim()}", failure);
        }
    }

    private static void RequireNumbers(float[] values, string what)
    {
        if (!Array.TrueForAll(values, float.IsFinite))
        {
            throw new BundleException($"{what} answered its first inference with values that are no numbers");
        }
    }
}
