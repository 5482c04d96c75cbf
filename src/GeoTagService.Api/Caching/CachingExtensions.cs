using GeoTagService.Core.Tagging;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace GeoTagService.Api.Caching;

/// <summary>The cache that replicas share.</summary>
internal static class CachingExtensions
{
    /// <summary>Puts Redis behind the embedding cache where <c>GeoTag:Cache:Redis</c> names one.</summary>
    public static IServiceCollection AddSharedEmbeddings(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<CacheOptions>, CacheOptionsValidator>();
        if (string.IsNullOrWhiteSpace(configuration[$"{CacheOptions.SectionName}:{nameof(CacheOptions.Redis)}"]))
        {
            return services;
        }

        services.AddSingleton<RedisConnection>();
        services.AddSingleton<ISharedEmbeddings, RedisEmbeddings>();
        services.AddStackExchangeRedisCache(_ => { });
        services
            .AddOptions<RedisCacheOptions>()
            .Configure<RedisConnection>(
                (redis, connection) =>
                {
                    redis.InstanceName = "geotag:embedding:";
                    redis.ConnectionMultiplexerFactory = connection.GetAsync;
                }
            );
        services.AddHybridCache();
        return services;
    }
}

/// <summary>Refuses a Redis configuration that cannot be read, without repeating it: it may hold a password.</summary>
internal sealed class CacheOptionsValidator : IValidateOptions<CacheOptions>
{
    public ValidateOptionsResult Validate(string? name, CacheOptions options)
    {
        try
        {
            if (!string.IsNullOrWhiteSpace(options.Redis) && ConfigurationOptions.Parse(options.Redis).EndPoints.Count == 0)
            {
                return ValidateOptionsResult.Fail("GeoTag:Cache:Redis names no host");
            }
        }
        catch (ArgumentException fault)
        {
            return ValidateOptionsResult.Fail(
                $"GeoTag:Cache:Redis is no StackExchange.Redis configuration (host:port,option=value,…), at option '{fault.ParamName}'"
            );
        }

        return ValidateOptionsResult.Success;
    }
}
