using System.Threading.RateLimiting;
using GeoTagService.Api.Hosting;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Uploads;

/// <summary>
/// The memory that all uploads share. A request takes its share before it reads a byte of its body; while there is
/// none the body stays unread, which holds its sender back through the transport.
/// </summary>
internal sealed class UploadBudget : IDisposable
{
    /// <summary>Shares are counted in these steps: small uploads cost little, and the sum fits the limiter's integers.</summary>
    public const int Step = 64 * 1024;

    private readonly ConcurrencyLimiter _limiter;
    private readonly int _permits;
    private readonly TimeSpan _wait;
    private readonly TimeProvider _time;

    public UploadBudget(IOptions<EdgeOptions> options, TimeProvider time)
    {
        _permits = (int)(options.Value.MaxBufferedUploadBytes / Step);
        _wait = options.Value.UploadWait;
        _time = time;
        _limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = _permits,
            // The queue holds permits, not requests: this many uploads' worth may wait, the rest is refused at once.
            QueueLimit = (int)Math.Min(16L * _permits, int.MaxValue),
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    /// <summary>Bytes that are taken now.</summary>
    public long TakenBytes => (_permits - (_limiter.GetStatistics()?.CurrentAvailablePermits ?? _permits)) * Step;

    /// <summary>Takes a share, waiting for it up to the configured time.</summary>
    /// <param name="bytes">Most bytes that the request will hold.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The share, to be disposed, or <see cref="TaggingErrorCode.Overloaded"/>.</returns>
    public async ValueTask<Outcome<RateLimitLease>> TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        var permits = (int)Math.Clamp((bytes + Step - 1) / Step, 1, _permits);
        var lease = _limiter.AttemptAcquire(permits);
        if (lease.IsAcquired)
        {
            return lease;
        }

        lease.Dispose();
        using var deadline = new CancellationTokenSource(_wait, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            lease = await _limiter.AcquireAsync(permits, either.Token);
            if (lease.IsAcquired)
            {
                return lease;
            }

            lease.Dispose();
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Falls through to the refusal.
        }

        return new TaggingError(
            TaggingErrorCode.Overloaded, null, "Too many uploads are being received at once; try again shortly.")
        {
            RetryAfter = TimeSpan.FromSeconds(2),
        };
    }

    /// <summary>Gives back what a share holds beyond the bytes that came, when that can be done at once.</summary>
    /// <param name="share">A share, given back in exchange.</param>
    /// <param name="bytes">Bytes that are held.</param>
    /// <returns>The share to keep.</returns>
    public RateLimitLease Shrink(RateLimitLease share, long bytes)
    {
        var smaller = _limiter.AttemptAcquire((int)Math.Clamp((bytes + Step - 1) / Step, 1, _permits));
        if (!smaller.IsAcquired)
        {
            smaller.Dispose();
            return share;
        }

        share.Dispose();
        return smaller;
    }

    public void Dispose() => _limiter.Dispose();
}
