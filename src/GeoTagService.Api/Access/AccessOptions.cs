using System.ComponentModel.DataAnnotations;

namespace GeoTagService.Api.Access;

/// <summary>Who may call, section <c>GeoTag</c>.</summary>
internal sealed class AccessOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "GeoTag";

    /// <summary>Keys of which requests must carry one, as <c>X-Api-Key</c> or <c>Authorization: Bearer</c>. Each is the key itself, or
    /// <c>sha256:</c> and the 64 hexadecimal digits of its SHA-256; a name may come before it (<c>curators sha256:…</c>), which the
    /// log tells. Default none: everybody may call.</summary>
    public IList<string> ApiKeys { get; } = [];

    /// <summary>File with further keys, one a line in the same form; empty lines and such that begin with <c>#</c> are passed over. Read
    /// again when it changes. Default none.</summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>What needs no key where keys are configured, by these words: <c>health</c>, <c>page</c> (with its files),
    /// <c>documentation</c> (Swagger), <c>metrics</c>, <c>catalogue</c> (<c>GET /v1/tags</c> and <c>/v1/model</c>), <c>admin</c>
    /// (<c>/admin</c> at its
    /// own address). Default all but the last two.</summary>
    public string OpenWithoutKey { get; set; } = "health page documentation metrics";
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

    /// <summary>Wrong keys that an address may send in a minute; once they are used up it gets 429, with a right key too, unless
    /// that key was used from there before. 0 is no limit. Default 10, 0 to 100,000.</summary>
    [Range(0, 100_000)]
    public int WrongKeysPerMinute { get; set; } = 10;
}
