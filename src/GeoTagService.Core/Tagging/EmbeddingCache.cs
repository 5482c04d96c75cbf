using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.Caching.Memory;

namespace GeoTagService.Core.Tagging;

/// <summary>
/// Embeddings of what was encoded before, by the SHA-256 of content, options and model. Equal requests at the same time
/// share one computation. Only successes are kept.
/// </summary>
internal sealed class EmbeddingCache : IDisposable
{
    /// <summary>Key, entry and bookkeeping of one embedding beside its numbers; measured, rounded up.</summary>
    private const int EntryOverhead = 416;

    private const string ImageKind = "image";
    private const string TitleKind = "title";

    private readonly MemoryCache? _kept;
    private readonly KeptVectors _store;
    private readonly MemoryCacheEntryOptions _entry;
    private readonly ConcurrentDictionary<Key, Task<Outcome<EncodedPart>>> _underWay = new();
    private readonly byte[] _model;
    private readonly int _dimension;
    private readonly ISharedEmbeddings? _replicas;
    private readonly TaggingMetrics _metrics;

    /// <param name="options">Whether and how much.</param>
    /// <param name="model">The model whose embeddings they are.</param>
    /// <param name="replicas">What other processes keep too, or null.</param>
    /// <param name="metrics">Counts hits, misses and shared computations.</param>
    public EmbeddingCache(CacheOptions options, LoadedModel model, ISharedEmbeddings? replicas, TaggingMetrics metrics)
        // Replicas of other precision share the bundle's digest, but not its embeddings.
        : this(
            options,
            $"{model.Bundle.Digest} {model.Encoder.Runtime.Precision}",
            model.Encoder.Geometry.EmbeddingDimension,
            replicas,
            metrics
        ) { }

    /// <param name="options">Whether and how much.</param>
    /// <param name="modelVersion">Digest and precision: another model's embeddings are others.</param>
    /// <param name="dimension">Numbers of an embedding.</param>
    /// <param name="replicas">What other processes keep too, or null.</param>
    /// <param name="metrics">Counts hits, misses and shared computations.</param>
    public EmbeddingCache(CacheOptions options, string modelVersion, int dimension, ISharedEmbeddings? replicas, TaggingMetrics metrics)
    {
        _model = SHA256.HashData(Encoding.UTF8.GetBytes(modelVersion));
        _dimension = dimension;
        _replicas = replicas;
        _metrics = metrics;
        _store = new KeptVectors(dimension, options.MaxBytes);
        _entry = new MemoryCacheEntryOptions { Size = (dimension * sizeof(float)) + EntryOverhead }.RegisterPostEvictionCallback(
            static (_, value, _, store) => ((KeptVectors)store!).Release((StoredEmbedding)value!),
            _store
        );
        _kept = options.Enabled
            ? new MemoryCache(
                new MemoryCacheOptions
                {
                    SizeLimit = options.MaxBytes,
                    CompactionPercentage = 0.1,
                    TrackStatistics = true,
                }
            )
            : null;
    }

    /// <summary>Bytes that are kept now.</summary>
    public long KeptBytes => _kept?.GetCurrentStatistics()?.CurrentEstimatedSize ?? 0;

    /// <summary>Memory for their numbers, with places that wait for the next.</summary>
    public long ReservedBytes => _store.ReservedBytes;

    /// <summary>A photo's embedding: kept, shared, or computed now.</summary>
    public Task<Outcome<EncodedPart>> PhotoAsync(
        ReadOnlySpan<byte> photo,
        bool applyOrientation,
        bool reducedScale,
        Func<Task<Outcome<EncodedPart>>> compute,
        CancellationToken cancellationToken
    ) =>
        _kept is null
            ? compute()
            : GetAsync(ImageKind, Hash(photo, (byte)((applyOrientation ? 1 : 0) | (reducedScale ? 2 : 0))), compute, cancellationToken);

    /// <summary>A title's embedding, by its token ids: kept, shared, or computed now.</summary>
    public Task<Outcome<EncodedPart>> TitleAsync(
        ReadOnlySpan<int> ids,
        Func<Task<Outcome<EncodedPart>>> compute,
        CancellationToken cancellationToken
    ) => _kept is null ? compute() : GetAsync(TitleKind, Hash(MemoryMarshal.AsBytes(ids), 4), compute, cancellationToken);

    public void Dispose() => _kept?.Dispose();

    private async Task<Outcome<EncodedPart>> GetAsync(
        string kind,
        Key key,
        Func<Task<Outcome<EncodedPart>>> compute,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            if (_kept!.TryGetValue(key, out StoredEmbedding? kept) && _store.Copy(kept!) is { } embedding)
            {
                _metrics.CacheLookedUp(kind, "hit");
                return new EncodedPart(embedding, default, default, default);
            }

            var own = new TaskCompletionSource<Outcome<EncodedPart>>(TaskCreationOptions.RunContinuationsAsynchronously);
            var shared = _underWay.GetOrAdd(key, own.Task);
            if (ReferenceEquals(shared, own.Task))
            {
                return await ComputeAsync(kind, key, own, compute, cancellationToken).ConfigureAwait(false);
            }

            _metrics.CacheLookedUp(kind, "shared");
            try
            {
                var outcome = await shared.WaitAsync(cancellationToken).ConfigureAwait(false);
                // What refused the one who computed need not refuse us: his deadline was his own.
                if (outcome.IsSuccess)
                {
                    return outcome.Value with { Embedding = [.. outcome.Value.Embedding] };
                }

                if (!IsOfTheMoment(outcome.Error.Code))
                {
                    return outcome;
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The one who computed went away, and his bytes with him; now it is our turn.
            }
        }
    }

    private async Task<Outcome<EncodedPart>> ComputeAsync(
        string kind,
        Key key,
        TaskCompletionSource<Outcome<EncodedPart>> own,
        Func<Task<Outcome<EncodedPart>>> compute,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var found = await FindElsewhereAsync(kind, key, cancellationToken).ConfigureAwait(false);
            var outcome = found ?? await compute().ConfigureAwait(false);
            if (outcome.IsSuccess)
            {
                // Everyone has a copy of their own: what a caller does to his must not reach the next one's.
                if (_store.Keep(outcome.Value.Embedding) is { } kept)
                {
                    _kept!.Set(key, kept, _entry);
                }

                if (found is null)
                {
                    _replicas?.Keep(key.ToString(), [.. outcome.Value.Embedding]);
                }
            }

            // Out of the list before the waiters go on: who finds the cache without it must not find this task.
            _underWay.TryRemove(key, out _);
            own.TrySetResult(outcome);
            return outcome;
        }
        catch
        {
            _underWay.TryRemove(key, out _);
            // Whoever shared it tries for himself; the fault itself belongs to this caller alone.
            own.TrySetCanceled(CancellationToken.None);
            throw;
        }
    }

    private async ValueTask<Outcome<EncodedPart>?> FindElsewhereAsync(string kind, Key key, CancellationToken cancellationToken)
    {
        if (
            _replicas is not null
            && await _replicas.FindAsync(key.ToString(), cancellationToken).ConfigureAwait(false) is { } embedding
            // Others can write there: what cannot be an embedding of this model is as good as nothing.
            && embedding.Length == _dimension
            && float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(embedding))
        )
        {
            _metrics.CacheLookedUp(kind, "replica");
            return new EncodedPart(embedding, default, default, default);
        }

        _metrics.CacheLookedUp(kind, "miss");
        return null;
    }

    private static bool IsOfTheMoment(TaggingErrorCode code) =>
        code
            is TaggingErrorCode.Overloaded
                or TaggingErrorCode.DeadlineExceeded
                or TaggingErrorCode.NotReady
                or TaggingErrorCode.InferenceFailed;

    /// <summary>What an embedding is kept under.</summary>
    internal Key Hash(ReadOnlySpan<byte> content, byte options)
    {
        // In one go each: an incremental hash costs three objects, one of them with a finalizer.
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> whole = stackalloc byte[(2 * SHA256.HashSizeInBytes) + 1];
        SHA256.HashData(content, whole);
        whole[SHA256.HashSizeInBytes] = options;
        _model.CopyTo(whole[(SHA256.HashSizeInBytes + 1)..]);
        SHA256.HashData(whole, digest);
        return new Key(
            BinaryPrimitives.ReadUInt64LittleEndian(digest),
            BinaryPrimitives.ReadUInt64LittleEndian(digest[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(digest[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(digest[24..])
        );
    }

    /// <summary>A SHA-256.</summary>
    internal sealed record Key(ulong A, ulong B, ulong C, ulong D)
    {
        /// <summary>64 hexadecimal digits.</summary>
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{A:x16}{B:x16}{C:x16}{D:x16}");
    }
}

/// <summary>One part of an item, encoded.</summary>
/// <param name="Embedding">The raw projection, this caller's own.</param>
/// <param name="Prepare">Time it took to decode or tokenise.</param>
/// <param name="Queue">Time it waited in its lane.</param>
/// <param name="Encode">Time of its run.</param>
internal sealed record EncodedPart(float[] Embedding, TimeSpan Prepare, TimeSpan Queue, TimeSpan Encode);
