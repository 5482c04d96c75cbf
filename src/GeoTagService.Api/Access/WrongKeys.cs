using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Access;

/// <summary>Limits how many wrong keys come from one address, so that keys cannot be found by trying. Whoever shares an address with
/// one who tries goes on with a key that was used from there before.</summary>
internal sealed class WrongKeys : IDisposable
{
    /// <summary>Pairs of address and key that are remembered; a few bytes each.</summary>
    private const int MostKnown = 10_000;

    private readonly PartitionedRateLimiter<string>? _limiter;
    private readonly ConcurrentDictionary<(string Address, ApiKey Key), bool> _known = [];

    public WrongKeys(IOptions<RateLimitOptions> options)
    {
        var perMinute = options.Value.WrongKeysPerMinute;
        if (perMinute == 0)
        {
            return;
        }

        SecondsToWait = (int)Math.Ceiling(60.0 / perMinute);
        _limiter = PartitionedRateLimiter.Create<string, string>(address =>
            RateLimitPartition.GetTokenBucketLimiter(
                address,
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = perMinute,
                    TokensPerPeriod = 1,
                    ReplenishmentPeriod = TimeSpan.FromMinutes(1) / perMinute,
                    QueueLimit = 0,
                }
            )
        );
    }

    /// <summary>By then one more may come.</summary>
    public int SecondsToWait { get; }

    /// <summary>Counts a wrong key; says whether the address may still send some.</summary>
    public bool Count(IPAddress? address)
    {
        using var lease = _limiter?.AttemptAcquire(Name(address));
        return lease?.IsAcquired ?? true;
    }

    /// <summary>Whether a right key passes from an address.</summary>
    public bool Allows(IPAddress? address, ApiKey key)
    {
        if (_limiter is null)
        {
            return true;
        }

        var pair = (Name(address), key);
        if (_known.ContainsKey(pair))
        {
            return true;
        }

        // Nothing is taken: this asks whether a whole one is left. A lease of none would be had for the fraction that comes back at once.
        var isLeft = _limiter.GetStatistics(pair.Item1) is not { CurrentAvailablePermits: < 1 };
        if (isLeft && _known.Count < MostKnown)
        {
            _known.TryAdd(pair, true);
        }

        return isLeft;
    }

    public void Dispose() => _limiter?.Dispose();

    /// <summary>An address; of IPv6 the network, because a client has as many addresses in it as it likes.</summary>
    private static string Name(IPAddress? address)
    {
        if (address is null)
        {
            return "";
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }
}
