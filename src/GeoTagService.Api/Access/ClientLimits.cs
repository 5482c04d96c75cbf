using System.Threading.RateLimiting;
using GeoTagService.Api.Problems;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Access;

/// <summary>How often a client may call the operations, and what the answers say of it: <c>RateLimit</c> and <c>RateLimit-Policy</c> as the
/// IETF's draft has them (draft-ietf-httpapi-ratelimit-headers).</summary>
internal sealed class ClientLimits : IDisposable
{
    private const string Policy = "\"client\"";

    private readonly RateLimitOptions _options;
    private readonly PartitionedRateLimiter<HttpContext>? _limiter;
    private readonly string _policy;

    public ClientLimits(IOptions<RateLimitOptions> options)
    {
        _options = options.Value;
        _policy = $"{Policy};q={_options.Burst};w={Seconds(_options.Burst)}";
        if (_options.RequestsPerSecond == 0)
        {
            return;
        }

        _limiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(
            AccessExtensions.ClientOf(context),
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = _options.Burst,
                TokensPerPeriod = _options.RequestsPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }));
    }

    /// <summary>Lets a request to an operation pass, or refuses it.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (_limiter is null || !IsCounted(context.Request.Path))
        {
            await next(context);
            return;
        }

        using var lease = _limiter.AttemptAcquire(context);
        var left = _limiter.GetStatistics(context)?.CurrentAvailablePermits ?? 0;
        context.Response.Headers["RateLimit-Policy"] = _policy;
        context.Response.Headers["RateLimit"] = $"{Policy};r={left};t={Seconds(_options.Burst - left)}";
        if (lease.IsAcquired)
        {
            await next(context);
            return;
        }

        await ProblemResults.WriteAsync(context, EdgeProblems.RateLimited(TagProblems.ToSeconds(
            lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : null)));
    }

    /// <summary>Operations are counted; pages and probes are not.</summary>
    private static bool IsCounted(PathString path) =>
        path.StartsWithSegments("/v1") || (path.StartsWithSegments("/v2", out var rest) && !rest.StartsWithSegments("/health"));

    public void Dispose() => _limiter?.Dispose();

    /// <summary>By then so many requests more may be made.</summary>
    private long Seconds(long requests) =>
        _options.RequestsPerSecond == 0 ? 0 : (long)Math.Ceiling(requests / (double)_options.RequestsPerSecond);
}
