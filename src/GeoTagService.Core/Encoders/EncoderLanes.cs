using System.Buffers;
using System.Numerics.Tensors;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Core.Encoders;

/// <summary>The two lanes in front of the encoder: photos and titles, sharing one machine through one gate.</summary>
internal sealed class EncoderLanes : IAsyncDisposable
{
    private readonly InferenceGate _gate;
    private readonly IClipEncoder _encoder;

    /// <summary>Opens the lanes of a loaded model.</summary>
    public EncoderLanes(LoadedModel model, BatchingOptions options, TaggingMetrics metrics, TimeProvider time, ILogger<EncoderLanes> logger)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(metrics);
        _encoder = model.Encoder;
        var runtime = _encoder.Runtime;
        _gate = new InferenceGate(runtime.ConcurrentRuns, runtime.HasWholeRuns);
        Images = new MicroBatcher<ImageCrop, float[]>(
            new Lane<ImageCrop, float[]>
            {
                Name = "image",
                MaxBatchSize = options.PhotosOn(runtime),
                Run = (crops, share) => Encode(crops, share, static crop => crop.Pixels, _encoder.EncodeImages),
                Release = static crop => crop.Dispose(),
                Failed = fault => Faults.Report(fault),
                Workers = runtime.ConcurrentRuns,
                Niceness = runtime.Niceness,
                // Titles are not: a run of titles is mostly the reading of weights, which all share.
                IsDivisible = runtime.HasWholeRuns,
            },
            options,
            _gate,
            metrics,
            time,
            logger
        );
        Titles = new MicroBatcher<ReadOnlyMemory<int>, float[]>(
            new Lane<ReadOnlyMemory<int>, float[]>
            {
                Name = "title",
                MaxBatchSize = options.TitlesOn(runtime),
                MaxRunLength = options.PhotosOn(runtime) * _encoder.Geometry.ContextLength,
                RunOverhead = runtime.TitleRunOverhead,
                Length = static ids => ids.Length,
                Failed = fault => Faults.Report(fault),
                Run = (titles, share) => Encode(titles, share, static ids => ids, _encoder.EncodeTitles),
                Workers = runtime.ConcurrentRuns,
                Niceness = runtime.Niceness,
            },
            options,
            _gate,
            metrics,
            time,
            logger
        );
    }

    /// <summary>What both lanes share.</summary>
    internal InferenceGate Gate => _gate;

    /// <summary>What failed in the lanes, for whoever has to decide whether the encoder still works.</summary>
    internal EncoderFaults Faults { get; init; } = new();

    /// <summary>Photos: crops in, raw image embeddings out.</summary>
    internal MicroBatcher<ImageCrop, float[]> Images { get; }

    /// <summary>Titles: token ids in, raw title embeddings out.</summary>
    internal MicroBatcher<ReadOnlyMemory<int>, float[]> Titles { get; }

    /// <summary>Why a lane is stuck, or null.</summary>
    public string? Stalled() => Images.Stalled() ?? Titles.Stalled();

    /// <summary>Refuses new items, finishes the queued ones, and fails what is left at the limit.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Images.StopAsync(cancellationToken), Titles.StopAsync(cancellationToken));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None).ConfigureAwait(false);

    private delegate void EncodeBatch<T>(IReadOnlyList<ReadOnlyMemory<T>> batch, Span<float> embeddings, MachineShare share);

    private float[][] Encode<TItem, T>(
        IReadOnlyList<TItem> items,
        MachineShare share,
        Func<TItem, ReadOnlyMemory<T>> content,
        EncodeBatch<T> encode
    )
    {
        var dimension = _encoder.Geometry.EmbeddingDimension;
        var batch = new ReadOnlyMemory<T>[items.Count];
        for (var i = 0; i < batch.Length; i++)
        {
            batch[i] = content(items[i]);
        }

        var length = items.Count * dimension;
        var pooled = ArrayPool<float>.Shared.Rent(length);
        try
        {
            var all = pooled.AsSpan(0, length);
            encode(batch, all, share);
            var embeddings = new float[batch.Length][];
            for (var i = 0; i < batch.Length; i++)
            {
                var embedding = all.Slice(i * dimension, dimension);
                // Reduced precision can overflow; a vector that is not finite would make every probability NaN.
                if (!float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(embedding)))
                {
                    throw new InvalidOperationException("the encoder gave an embedding that is not finite");
                }

                embeddings[i] = embedding.ToArray();
            }

            return embeddings;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(pooled);
        }
    }
}
