using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;

namespace GeoTagService.Api.Access;

/// <summary>
/// What one client may still ask for: a bucket that fills at a steady rate up to its burst. What costs more than the burst needs
/// the bucket full and leaves a debt, so that in the long run everything is paid in full; the framework's buckets cannot owe.
/// </summary>
internal sealed class ClientAllowance : RateLimiter
{
    /// <summary>Against a clock that says a little less than was waited for.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly int _burst;
    private readonly int _perSecond;
    private readonly TimeProvider _time;
    private readonly Lock _access = new();
    private double _left;
    private long _filled;
    private long _granted,
        _refused;

    /// <summary>Creates a full one.</summary>
    /// <param name="burst">Most that it holds, at least 1.</param>
    /// <param name="perSecond">What it gains in a second, at least 1.</param>
    /// <param name="time">The clock.</param>
    public ClientAllowance(int burst, int perSecond, TimeProvider time)
    {
        _burst = burst;
        _perSecond = perSecond;
        _time = time;
        _left = burst;
        _filled = time.GetTimestamp();
    }

    /// <summary>How long it has been full; null while it is not, so that nobody's debt is forgotten.</summary>
    public override TimeSpan? IdleDuration
    {
        get
        {
            lock (_access)
            {
                var over = _left + Gained(_time.GetTimestamp()) - _burst;
                return over >= 0 ? TimeSpan.FromSeconds(over / _perSecond) : null;
            }
        }
    }

    public override RateLimiterStatistics GetStatistics()
    {
        lock (_access)
        {
            Fill();
            return new RateLimiterStatistics
            {
                CurrentAvailablePermits = Math.Max(0, (long)_left),
                TotalSuccessfulLeases = _granted,
                TotalFailedLeases = _refused,
            };
        }
    }

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        lock (_access)
        {
            Fill();
            var missing = Math.Min(permitCount, _burst) - _left;
            if (missing > 0)
            {
                _refused++;
                return new Lease(TimeSpan.FromSeconds(missing / _perSecond));
            }

            _granted++;
            _left -= permitCount;
            return new Lease(null);
        }
    }

    /// <summary>Waits for as long as it takes.</summary>
    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        while (true)
        {
            var lease = (Lease)AttemptAcquireCore(permitCount);
            if (lease.Wait is not { } wait)
            {
                return lease;
            }

            await Task.Delay(wait > ShortestWait ? wait : ShortestWait, _time, cancellationToken);
        }
    }

    private void Fill()
    {
        var now = _time.GetTimestamp();
        _left = Math.Min(_burst, _left + Gained(now));
        _filled = now;
    }

    private double Gained(long now) => _time.GetElapsedTime(_filled, now).TotalSeconds * _perSecond;

    /// <summary>Granted, or refused for a time.</summary>
    private sealed class Lease(TimeSpan? wait) : RateLimitLease
    {
        public TimeSpan? Wait => wait;

        public override bool IsAcquired => wait is null;

        public override IEnumerable<string> MetadataNames => wait is null ? [] : [MetadataName.RetryAfter.Name];

        public override bool TryGetMetadata(string metadataName, [NotNullWhen(true)] out object? metadata)
        {
            metadata = metadataName == MetadataName.RetryAfter.Name ? wait : null;
            return metadata is not null;
        }
    }
}
