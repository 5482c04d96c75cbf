using System.ComponentModel.DataAnnotations;
using GeoTagService.Core.Settings;

namespace GeoTagService.Api.Hosting;

/// <summary>Settings of the HTTP edge, section <c>GeoTag:Http</c>.</summary>
internal sealed class EdgeOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "GeoTag:Http";

    /// <summary>Path that a gateway puts in front, e.g. <c>/geotag</c>. Default none.</summary>
    [RegularExpression("^(/[^/]+)*$", ErrorMessage = "PathBase starts with a slash and does not end with one.")]
    public string PathBase { get; set; } = "";

    /// <summary>Networks whose <c>X-Forwarded-*</c> headers are believed, as CIDR (<c>172.16.0.0/12</c>). Loopback always
    /// is. Default none.</summary>
    public IList<string> TrustedNetworks { get; } = [];

    /// <summary>Pages of other origins that browsers may let ask (<c>https://example.org</c>). Default none: no other page may.</summary>
    public IList<string> CorsOrigins { get; } = [];

    /// <summary>Longest time that one upload, or one item of a batch, may take. Default 2 min, 1 s to 1 h.</summary>
    [TimeRange("00:00:01", "01:00:00")]
    public TimeSpan UploadTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Fewest bytes a second that an upload may come with while it is waited for; slower ones are ended with 408. 0 allows
    /// any. Default 4,096, 0 to 1,048,576.</summary>
    [Range(0, 1024 * 1024)]
    public int MinUploadBytesPerSecond { get; set; } = 4096;

    /// <summary>How long an upload may stand still before it is too slow. Default 10 s, 1 s to 10 min.</summary>
    [TimeRange("00:00:01", "00:10:00")]
    public TimeSpan UploadPatience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a batch waits for its next item to begin. Default 2 min, 1 s to 1 h.</summary>
    [TimeRange("00:00:01", "01:00:00")]
    public TimeSpan BatchIdleTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How much of the memory of all uploads those of one client may hold, in percent; at least one upload of the largest
    /// kind. A client is its API key, else its address. Default 50, 1 to 100.</summary>
    [Range(1, 100)]
    public int MaxUploadSharePercent { get; set; } = 50;

    /// <summary>Most bytes of uploads held in memory at once, over all requests; further uploads wait unread. Default
    /// 256 MiB, 32 MiB to 64 GiB.</summary>
    [Range(32L * 1024 * 1024, 64L * 1024 * 1024 * 1024)]
    public long MaxBufferedUploadBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>Longest time that an upload waits for its share of that memory before 503. Default 10 s.</summary>
    [TimeRange("00:00:00", "00:10:00")]
    public TimeSpan UploadWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most bytes of a field that is not the photo. Default 256 KiB, 4 KiB to 16 MiB.</summary>
    [Range(4096, 16 * 1024 * 1024)]
    public int MaxFieldBytes { get; set; } = 256 * 1024;

    /// <summary>Most items of one JSON body; NDJSON has no such limit. Default 4,096, 1 to 65,536.</summary>
    [Range(1, 65_536)]
    public int MaxItemsPerJsonBody { get; set; } = 4096;

    /// <summary>Most items of one batch request that are worked on at once. Default 64, 1 to 4,096.</summary>
    [Range(1, 4096)]
    public int BatchWindow { get; set; } = 64;

    /// <summary>How long the service goes on taking work after it was told to stop, so that load balancers notice the failing
    /// readiness probe before the port closes. Default 5 s where requests came through a trusted gateway, else none; zero to
    /// 5 min.</summary>
    [TimeRange("00:00:00", "00:05:00")]
    public TimeSpan? ShutdownDelay { get; set; }

    /// <summary>How long a request waits, unread, for a process that has just started and still warms up, before 503. Default
    /// 10 s, zero to 5 min.</summary>
    [TimeRange("00:00:00", "00:05:00")]
    public TimeSpan StartWait { get; set; } = TimeSpan.FromSeconds(10);
}
