namespace GeoTagService.Bulk.Fetching;

/// <summary>How a run behaves towards other people's machines.</summary>
public sealed record WebManners
{
    /// <summary>Longest pause that a host may ask for by <c>Retry-After</c> and that is waited out; a longer one is told.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>Most redirects of one request.</summary>
    public const int MostRedirects = 5;

    /// <summary>Most requests to one host at once.</summary>
    public int PerHost { get; init; } = 4;

    /// <summary>How often a request is repeated that failed in a way that may pass.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>The first wait; it doubles, up to a minute.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one try may take, body included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether hosts on private, loopback and link-local addresses are left alone.</summary>
    public bool PublicOnly { get; init; }

    /// <summary>The host of buckets; null for that of the environment, or AWS.</summary>
    public string? S3Endpoint { get; init; }

    /// <summary>Who asks.</summary>
    public required WebCaller Caller { get; init; }
}
