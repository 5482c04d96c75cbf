using System.ComponentModel.DataAnnotations;

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
}
