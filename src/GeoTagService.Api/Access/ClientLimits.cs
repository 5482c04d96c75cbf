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

    public ClientLimits(IOptions<RateLimitOptions> options, TimeProvider time)
    {
        _options = options.Value;
        _policy = $"{Policy};q={_options.Burst};w={Seconds(_options.Burst)}";
        if (_options.RequestsPerSecond > 0)
        {
            _limiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
                RateLimitPartition.Get(
                    AccessExtensions.ClientOf(context),
                    _ => new ClientAllowance(_options.Burst, _options.RequestsPerSecond, time)
                )
            );
        }
    }

    /// <summary>Lets a request to an operation pass, or refuses it.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (_limiter is null || !Operations.Include(context))
        {
            await next(context);
            return;
        }

        var refusal = Charge(context, Operations.CostOf(context));
        var left = _limiter.GetStatistics(context)?.CurrentAvailablePermits ?? 0;
        context.Response.Headers["RateLimit-Policy"] = _policy;
        context.Response.Headers["RateLimit"] = $"{Policy};r={left};t={Seconds(_options.Burst - left)}";
        await (refusal is null ? next(context) : refusal.ExecuteAsync(context));
    }

    /// <summary>Charges a request for photos beyond those that it was let in with, before they are worked on.</summary>
    /// <param name="context">The request.</param>
    /// <param name="photos">How many.</param>
    /// <returns>Why they are not worked on, or null.</returns>
    public IResult? Charge(HttpContext context, int photos)
    {
        if (_limiter is null || photos < 1)
        {
            return null;
        }

        using var lease = _limiter.AttemptAcquire(context, photos);
        return lease.IsAcquired
            ? null
            : EdgeProblems
                .RateLimited(TagProblems.ToSeconds(lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : null))
                .ToResult();
    }

    /// <summary>Waits until a request that has time, a batch, may have one photo more.</summary>
    public async ValueTask WaitAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (_limiter is not null)
        {
            using var lease = await _limiter.AcquireAsync(context, permitCount: 1, cancellationToken);
        }
    }

    public void Dispose() => _limiter?.Dispose();

    /// <summary>By then so many requests more may be made.</summary>
    private long Seconds(long requests) =>
        _options.RequestsPerSecond == 0 ? 0 : (long)Math.Ceiling(requests / (double)_options.RequestsPerSecond);
}
