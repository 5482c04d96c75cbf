using GeoTagService.Core;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>Both towers in ONNX Runtime. README.md beside this file states what holds at all times.</summary>
public sealed class OnnxClipEncoder : IClipEncoder, IDisposable
{
    private const string Pixels = "pixel_values";
    private const string Ids = "input_ids";
    private const string ImageEmbeddings = "image_embeds";
    private const string TitleEmbeddings = "text_embeds";

    /// <summary>Tokens of a title that a run needs at least.</summary>
    private const int ShortTitle = 2;

    private readonly IPhotoTower _vision;
    private readonly ITower<long> _text;
    private readonly bool _anyLength;
    private readonly bool _bucketed;
    private Action<int>[] _putOff = [];
    private LargePagesLater? _pages;

    private OnnxClipEncoder(BundleManifest manifest, IPhotoTower vision, ITower<long> text, bool anyLength, EncoderRuntime runtime)
    {
        _vision = vision;
        _text = text;
        _anyLength = anyLength;
        _bucketed = runtime.ShapesNeedWarmup;
        Runtime = runtime;
        var geometry = manifest.Geometry;
        Geometry = new ClipGeometry(
            geometry.Vision.ImageSize,
            geometry.Text.ContextLength,
            geometry.Text.VocabularySize,
            geometry.EmbeddingDimension
        );
    }

    /// <inheritdoc/>
    public ClipGeometry Geometry { get; }

    /// <inheritdoc/>
    public EncoderRuntime Runtime { get; }

    /// <summary>Loads both towers, side by side, and checks their names and shapes.</summary>
    internal static OnnxClipEncoder Load(Bundle bundle, OnnxEncoderOptions options, OnnxSessionFactory sessions)
    {
        var geometry = bundle.Manifest.Geometry;
        var (vision, text) = EncoderChoice.Choose(bundle.Manifest, options.Precision, sessions.Provider);
        sessions.WarnOfInexactProducts(vision.Precision);
        var size = geometry.Vision.ImageSize;
        var dimension = geometry.EmbeddingDimension;
        var opening = Task.Run(() =>
            TowerFile<long>.Open(
                sessions,
                bundle,
                text.File,
                [1, text.DynamicLength ? ShortTitle : geometry.Text.ContextLength],
                (session, weights) =>
                {
                    var length = text.DynamicLength ? GraphContract.Any : geometry.Text.ContextLength;
                    GraphContract.RequireInputs(session, text.File, Ids);
                    GraphContract.RequireInput(session, text.File, Ids, TensorElementType.Int64, GraphContract.Any, length);
                    GraphContract.RequireOutput(session, text.File, TitleEmbeddings, TensorElementType.Float, GraphContract.Any, dimension);
                    return sessions.CreateTower<long>(
                        bundle,
                        text.File,
                        session,
                        weights,
                        Ids,
                        TitleEmbeddings,
                        TensorElementType.Int64,
                        dimension
                    );
                }
            )
        );
        float[] mean = [.. bundle.Manifest.Preprocessing.Mean];
        float[] std = [.. bundle.Manifest.Preprocessing.Std];
        TowerFile<float>? images = null;
        IPhotoTower photos;
        try
        {
            if (sessions.Provider.NormalizesPhotos)
            {
                photos = new CropPhotoTower(
                    TowerFile<byte>
                        .Open(
                            sessions,
                            bundle,
                            vision.File,
                            [1, size, size, 3],
                            (session, _) =>
                            {
                                RequirePhotos(session);
                                return sessions.CreateCropTower(
                                    bundle,
                                    vision.File,
                                    session,
                                    Pixels,
                                    ImageEmbeddings,
                                    dimension,
                                    PixelGraph.Write(size, mean, std)
                                );
                            }
                        )
                        .Tower,
                    size
                );
            }
            else
            {
                images = TowerFile<float>.Open(
                    sessions,
                    bundle,
                    vision.File,
                    [1, 3, size, size],
                    (session, weights) =>
                    {
                        RequirePhotos(session);
                        return sessions.CreateTower<float>(
                            bundle,
                            vision.File,
                            session,
                            weights,
                            Pixels,
                            ImageEmbeddings,
                            TensorElementType.Float,
                            dimension
                        );
                    }
                );
                photos = new PixelPhotoTower(images.Tower, size, mean, std);
            }
        }
        catch
        {
            opening.Discard();
            throw;
        }

        try
        {
            var titles = opening.GetAwaiter().GetResult();
            var provider = sessions.Provider;
            var runtime = new EncoderRuntime(OnnxSessionFactory.Engine, provider.Name, vision.Precision, sessions.IntraOpThreads)
            {
                ConcurrentRuns =
                    provider.Runs is not null || options.ConcurrentRuns > 0 || (images is { HasParts: true } && titles.HasParts)
                        ? sessions.ConcurrentRuns
                        : 1,
                HasWholeRuns = provider.UsesCores,
                UsesCores = provider.UsesCores,
                ShapesNeedWarmup = provider.ChoosesKernelsByShape,
                PhotoBatch = provider.PhotoBatch,
                TitleBatch = provider.TitleBatch,
                TitleStep = text.DynamicLength ? provider.TitleStep : geometry.Text.ContextLength,
                TitleRunOverhead = provider.TitleRunOverhead,
                FinishesLater = sessions.PacksLater,
                Niceness = sessions.Niceness,
            };
            return new OnnxClipEncoder(bundle.Manifest, photos, titles.Tower, text.DynamicLength, runtime)
            {
                // One tower after the other: less memory on the way, a core left to the requests.
                _putOff =
                    sessions.PacksLater && images is not null
                        ? [batch => images.Pack([batch, 3, size, size]), batch => titles.Pack([batch, geometry.Text.ContextLength])]
                        : [],
                _pages =
                    sessions.UsesHugePages && !sessions.PacksLater && (images is { IsLarge: true } || titles.IsLarge)
                        ? new LargePagesLater(sessions.UseHugePages)
                        : null,
            };
        }
        catch
        {
            photos.Dispose();
            throw;
        }

        void RequirePhotos(InferenceSession session)
        {
            GraphContract.RequireInputs(session, vision.File, Pixels);
            GraphContract.RequireInput(session, vision.File, Pixels, TensorElementType.Float, GraphContract.Any, 3, size, size);
            GraphContract.RequireOutput(session, vision.File, ImageEmbeddings, TensorElementType.Float, GraphContract.Any, dimension);
        }
    }

    /// <summary>How many shapes both towers were made ready for, on a card.</summary>
    internal int BoundShapes => _vision.BoundShapes + _text.BoundShapes;

    /// <summary>Runs a large batch and a lone item of each tower, to see whether they run at all.</summary>
    /// <exception cref="InvalidOperationException">They answer with what is no number.</exception>
    internal void Try()
    {
        var crop = new byte[Geometry.ImageSize * Geometry.ImageSize * 3];
        foreach (var count in new[] { Runtime.PhotoBatch, 1 })
        {
            var embeddings = new float[count * Geometry.EmbeddingDimension];
            EncodeImages([.. Enumerable.Repeat<ReadOnlyMemory<byte>>(crop, count)], embeddings);
            RequireNumbers(embeddings);
            EncodeTitles([.. Enumerable.Repeat<ReadOnlyMemory<int>>(new int[Geometry.ContextLength], count)], embeddings);
            RequireNumbers(embeddings);
        }

        static void RequireNumbers(float[] embeddings)
        {
            if (!Array.TrueForAll(embeddings, float.IsFinite))
            {
                throw new InvalidOperationException("the encoder's first answers are no numbers");
            }
        }
    }

    /// <inheritdoc/>
    public void FinishLoading(int largestBatch, CancellationToken cancellationToken)
    {
        foreach (var step in Interlocked.Exchange(ref _putOff, []))
        {
            cancellationToken.ThrowIfCancellationRequested();
            step(largestBatch);
        }
    }

    /// <inheritdoc/>
    public void EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> crops, Span<float> embeddings) =>
        EncodeImages(crops, embeddings, MachineShare.Whole);

    /// <inheritdoc/>
    public void EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> crops, Span<float> embeddings, MachineShare share)
    {
        ArgumentNullException.ThrowIfNull(crops);
        _pages?.Count();
        _vision.Run(crops, Rows(crops.Count), embeddings, share);
    }

    /// <inheritdoc/>
    public void EncodeTitles(IReadOnlyList<ReadOnlyMemory<int>> tokens, Span<float> embeddings) =>
        EncodeTitles(tokens, embeddings, MachineShare.Whole);

    /// <inheritdoc/>
    public void EncodeTitles(IReadOnlyList<ReadOnlyMemory<int>> tokens, Span<float> embeddings, MachineShare share)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        _pages?.Count();
        var longest = 1;
        for (var i = 0; i < tokens.Count; i++)
        {
            longest = Math.Max(longest, tokens[i].Length);
        }

        var width = Width(longest);
        _text.Run(
            (Tokens: tokens, Width: width),
            static (batch, ids) =>
            {
                // Zeros fill a title up to its batch, as in the reference; behind the end token nothing has an effect.
                ids.Clear();
                for (var i = 0; i < batch.Tokens.Count; i++)
                {
                    var row = ids.Slice(i * batch.Width, batch.Width);
                    var title = batch.Tokens[i].Span;
                    for (var column = 0; column < title.Length; column++)
                    {
                        row[column] = title[column];
                    }
                }
            },
            [Rows(tokens.Count), width],
            tokens.Count,
            embeddings,
            share
        );
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pages?.Dispose();
        _vision.Dispose();
        _text.Dispose();
    }

    /// <summary>On a card, few shapes: kernels are chosen, and memory is planned, for each shape anew.</summary>
    private int Rows(int count) => _bucketed ? (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count) : count;

    private int Width(int longest) =>
        (_anyLength, _bucketed) switch
        {
            (false, _) => Geometry.ContextLength,
            (true, true) => Math.Min((longest + Runtime.TitleStep - 1) / Runtime.TitleStep * Runtime.TitleStep, Geometry.ContextLength),
            (true, false) => longest,
        };
}
