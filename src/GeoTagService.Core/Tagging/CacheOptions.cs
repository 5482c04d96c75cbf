using System.ComponentModel.DataAnnotations;
using GeoTagService.Core.Settings;

namespace GeoTagService.Core.Tagging;

/// <summary>The embedding cache's settings, section <c>GeoTag:Cache</c>.</summary>
public sealed class CacheOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "GeoTag:Cache";

    /// <summary>Whether embeddings are kept. Default true: the same photo asked for again (another head, another
    /// threshold, a retry) costs a hash instead of an inference.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Most bytes that the cache may take. Default 64 MiB (about 28,000 embeddings of 512 numbers), 64 KiB to
    /// 64 GiB.</summary>
    [Range(64L * 1024, 64L * 1024 * 1024 * 1024)]
    public long MaxBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>Redis behind the process's own cache, for replicas that share what each has encoded: a StackExchange.Redis
    /// configuration such as <c>redis:6379,password=…</c>. Default none. The service works on, alone, while it is away.</summary>
    public string? Redis { get; set; }

    /// <summary>How long an embedding stays in Redis. Default 7 days, 1 minute to 365 days.</summary>
    [TimeRange("00:01:00", "365.00:00:00")]
    public TimeSpan RedisLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long one lookup may hold a request up. Default 100 ms, 1 ms to 5 s; after a lookup that took this long
    /// Redis is left alone for a while.</summary>
    [TimeRange("00:00:00.001", "00:00:05")]
    public TimeSpan RedisTimeout { get; set; } = TimeSpan.FromMilliseconds(100);
}
