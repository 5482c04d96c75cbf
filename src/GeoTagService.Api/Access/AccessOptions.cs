using System.ComponentModel.DataAnnotations;

namespace GeoTagService.Api.Access;

/// <summary>Who may call, section <c>GeoTag</c>.</summary>
internal sealed class AccessOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "GeoTag";

    /// <summary>Keys of which requests to <c>/v1</c> must carry one in <c>X-Api-Key</c>. Default none: everybody may call.
    /// </summary>
    public IList<string> ApiKeys { get; } = [];
}

/// <summary>How often one client may call, section <c>GeoTag:RateLimit</c>. A client is its API key, else its address.
/// </summary>
internal sealed class RateLimitOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "GeoTag:RateLimit";

    /// <summary>Requests a second that a client may make in the long run; 0 (default) is no limit. 0 to 100,000.</summary>
    [Range(0, 100_000)]
    public int RequestsPerSecond { get; set; }

    /// <summary>Requests that a client may make at once. Default 50, 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int Burst { get; set; } = 50;
}
