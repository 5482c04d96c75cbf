using System.Threading.RateLimiting;
using GeoTagService.Api.Problems;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Access;

/// <summary>Who may call, and how often.</summary>
internal static class AccessExtensions
{
    public const string Policy = "per-client";

    /// <summary>Adds keys and limiter; both let everything pass unless configured.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.SectionName);
        services.AddSingleton<ApiKeys>();
        services.AddOptions<RateLimitOptions>()
            .BindConfiguration(RateLimitOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimitOptions>>((limiter, options) =>
        {
            limiter.OnRejected = static async (rejected, _) => await ProblemResults.WriteAsync(
                rejected.HttpContext,
                EdgeProblems.RateLimited(TagProblems.ToSeconds(
                    rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : null)));
            limiter.AddPolicy(Policy, context => PartitionOf(context, options.Value));
        });
        return services;
    }

    private static RateLimitPartition<string> PartitionOf(HttpContext context, RateLimitOptions options)
    {
        if (options.RequestsPerSecond == 0)
        {
            return RateLimitPartition.GetNoLimiter("");
        }

        // Only a key that was checked tells clients apart: else every request could bring a new one.
        var keys = context.RequestServices.GetRequiredService<ApiKeys>();
        var client = keys.AreRequired && keys.Admits(context.Request)
            ? $"key {context.Request.Headers[ApiKeys.Header]}"
            : $"address {context.Connection.RemoteIpAddress}";
        return RateLimitPartition.GetTokenBucketLimiter(client, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Burst,
            TokensPerPeriod = options.RequestsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        });
    }
}
