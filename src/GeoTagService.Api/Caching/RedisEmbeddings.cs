using System.Runtime.InteropServices;
using GeoTagService.Core.Tagging;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Caching;

/// <summary>
/// Embeddings in Redis, as little-endian floats, by way of <see cref="HybridCache"/>. While Redis is away or slow nobody
/// asks it: the tagger's own cache and the encoder do without. The hybrid cache's own level in memory is left out: the
/// tagger's cache, bounded in bytes, is that level already.
/// </summary>
internal sealed partial class RedisEmbeddings : ISharedEmbeddings
{
    /// <summary>How long Redis is left alone after a lookup that used up its time.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    /// <summary>Only looks: what is not there is for the encoder, not for this cache.</summary>
    private static readonly HybridCacheEntryOptions LookOnly = new()
    {
        Flags = HybridCacheEntryFlags.DisableLocalCache | HybridCacheEntryFlags.DisableUnderlyingData,
    };

    private readonly HybridCache _cache;
    private readonly RedisConnection _connection;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisEmbeddings> _logger;
    private readonly TimeSpan _limit;
    private readonly HybridCacheEntryOptions _keep;
    private readonly Task _warmUp;
    private long _restsUntil = long.MinValue;

    public RedisEmbeddings(
        HybridCache cache,
        RedisConnection connection,
        IOptions<CacheOptions> options,
        TimeProvider time,
        ILogger<RedisEmbeddings> logger
    )
    {
        _cache = cache;
        _connection = connection;
        _time = time;
        _logger = logger;
        _limit = options.Value.RedisTimeout;
        _keep = new HybridCacheEntryOptions { Expiration = options.Value.RedisLifetime, Flags = HybridCacheEntryFlags.DisableLocalCache };
        _warmUp = WarmUpAsync();
    }

    /// <summary>Whether Redis would be asked now.</summary>
    public bool IsAvailable => _connection.IsConnected && _warmUp.IsCompleted && _time.GetTimestamp() >= Volatile.Read(ref _restsUntil);

    public async ValueTask<float[]?> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (!IsAvailable)
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_limit);
        byte[]? bytes = null;
        try
        {
            bytes = await LookAsync(key, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Too slow: one request has paid for it, the next ones need not.
            Volatile.Write(ref _restsUntil, _time.GetTimestamp() + (long)(Rest.TotalSeconds * _time.TimestampFrequency));
            Log.Resting(_logger, _limit.TotalMilliseconds, Rest.TotalSeconds);
        }

        return bytes is null || bytes.Length % sizeof(float) != 0 ? null : MemoryMarshal.Cast<byte, float>(bytes).ToArray();
    }

    public void Keep(string key, float[] embedding)
    {
        if (IsAvailable)
        {
            _ = KeepAsync(key, MemoryMarshal.AsBytes<float>(embedding).ToArray());
        }
    }

    private ValueTask<byte[]?> LookAsync(string key, CancellationToken cancellationToken) =>
        _cache.GetOrCreateAsync<byte[]?>(
            key,
            static _ => ValueTask.FromResult<byte[]?>(null),
            LookOnly,
            cancellationToken: cancellationToken
        );

    /// <summary>The first lookup compiles and loads what it needs, which takes longer than a request should wait.</summary>
    private async Task WarmUpAsync()
    {
        await _connection.GetAsync().ConfigureAwait(false);
        if (_connection.IsConnected)
        {
            // A fault of Redis does not come through here: the hybrid cache takes it for a miss.
            await LookAsync("warm-up", CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task KeepAsync(string key, byte[] bytes)
    {
        try
        {
            await _cache.SetAsync(key, bytes, _keep).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Nobody waits for this task, and whatever went wrong costs no more than an inference later.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Log.NotKept(_logger, fault.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 1110,
            Level = LogLevel.Warning,
            Message = "Redis did not answer within {Limit} ms and is left alone for {Rest} s"
        )]
        public static partial void Resting(ILogger logger, double limit, double rest);

        [LoggerMessage(EventId = 1111, Level = LogLevel.Debug, Message = "An embedding was not kept in Redis: {Reason}")]
        public static partial void NotKept(ILogger logger, string reason);
    }
}
