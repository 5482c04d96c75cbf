using System.Net;
using GeoTagService.Core.Tagging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace GeoTagService.Api.Caching;

/// <summary>One connection to Redis, opened in the background so that neither the start nor a request waits for it.</summary>
internal sealed partial class RedisConnection : IAsyncDisposable
{
    private readonly ILogger<RedisConnection> _logger;
    private readonly Task<IConnectionMultiplexer> _opening;
    private ConnectionMultiplexer? _redis;

    public RedisConnection(IOptions<CacheOptions> options, ILogger<RedisConnection> logger)
    {
        _logger = logger;
        var settings = ConfigurationOptions.Parse(options.Value.Redis!);
        // Not there yet, or away for a while: it goes on trying, and meanwhile every call fails at once.
        settings.AbortOnConnectFail = false;
        settings.BacklogPolicy = BacklogPolicy.FailFast;
        settings.AsyncTimeout = (int)options.Value.RedisTimeout.TotalMilliseconds;
        settings.SyncTimeout = settings.AsyncTimeout;
        settings.ClientName ??= "geotag";
        _opening = OpenAsync(settings);
    }

    /// <summary>Whether it can be asked now.</summary>
    public bool IsConnected => Volatile.Read(ref _redis)?.IsConnected ?? false;

    /// <summary>The connection, once it was tried for the first time.</summary>
    public Task<IConnectionMultiplexer> GetAsync() => _opening;

    public async ValueTask DisposeAsync()
    {
        await (await _opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
    }

    private async Task<IConnectionMultiplexer> OpenAsync(ConfigurationOptions settings)
    {
        var redis = await ConnectionMultiplexer.ConnectAsync(settings).ConfigureAwait(false);
        redis.ConnectionFailed += (_, lost) => Report(lost.EndPoint, lost.FailureType);
        redis.ConnectionRestored += (_, found) => Report(found.EndPoint, ConnectionFailureType.None);
        Report(settings.EndPoints[0], redis.IsConnected ? ConnectionFailureType.None : ConnectionFailureType.UnableToConnect);
        Volatile.Write(ref _redis, redis);
        return redis;
    }

    private void Report(EndPoint? endPoint, ConnectionFailureType failure)
    {
        var name = endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint?.ToString() ?? "unknown";
        if (failure == ConnectionFailureType.None)
        {
            Log.Connected(_logger, name);
        }
        else
        {
            Log.Lost(_logger, name, failure);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1100, Level = LogLevel.Information, Message = "Embeddings are shared through Redis at {EndPoint}")]
        public static partial void Connected(ILogger logger, string endPoint);

        [LoggerMessage(
            EventId = 1101,
            Level = LogLevel.Warning,
            Message = "Redis at {EndPoint} cannot be reached ({Failure}): every process works with its own cache until it can"
        )]
        public static partial void Lost(ILogger logger, string endPoint, ConnectionFailureType failure);
    }
}
