namespace GeoTagService.Models.Archives.Zip;

/// <summary>What a zip archive of weights may ask of us. Real ones have some hundreds of stored entries.</summary>
internal static class ZipLimits
{
    /// <summary>Most entries.</summary>
    public const int Entries = 100_000;

    /// <summary>Most bytes of the central directory.</summary>
    public const int DirectoryBytes = 32 << 20;

    /// <summary>Longest entry name, bytes.</summary>
    public const int NameBytes = 1024;

    /// <summary>Most bytes that one entry's packed byte may become; weights hardly compress at all.</summary>
    public const int Ratio = 100;

    /// <summary>Entries up to this size may have any ratio: index buffers of zeros.</summary>
    public const int RatioFreeBytes = 1 << 20;

    /// <summary>Most bytes that all packed entries together may become.</summary>
    public const long InflatedBytes = 8L << 30;
}
