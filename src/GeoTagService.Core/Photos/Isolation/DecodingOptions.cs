using System.ComponentModel.DataAnnotations;
using GeoTagService.Core.Settings;

namespace GeoTagService.Core.Photos.Isolation;

/// <summary>Where the codec library (native code) runs. Plain JPEGs need none.</summary>
public enum CodecIsolation
{
    /// <summary>In child processes, which a hostile file may end without harm to anybody else (default).</summary>
    ChildProcess,

    /// <summary>In this process: saves the children's memory and some time a photo; a fault of the library then ends the
    /// service.</summary>
    InProcess,
}

/// <summary>How photos are decoded, section <c>GeoTag:Decoding</c>.</summary>
public sealed class DecodingOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "GeoTag:Decoding";

    /// <summary>Where photos are decoded that need the codec library. Default <see cref="CodecIsolation.ChildProcess"/>.</summary>
    public CodecIsolation Codecs { get; set; } = CodecIsolation.ChildProcess;

    /// <summary>Most child processes; they start when they are needed, one with the service. 0 (default) takes as many as
    /// photos are decoded at once, but at least 2, so that nobody waits behind one large photo, and at most 4. 0 to 64.</summary>
    [Range(0, 64)]
    public int Processes { get; set; }

    /// <summary>Most work that decoding one photo may take, in pixels × passes: the scans of a JPEG, the bytes of a PNG's pixel
    /// and one, twice that when it is interlaced; 6 for WebP, 4 for BMP, 3 for GIF. Beyond it a photo is refused by its header
    /// (413). Default 1,500 million: 100 megapixels of a JPEG in 15 scans. 1 million to 1,000,000 million.</summary>
    [Range(1_000_000L, 1_000_000_000_000L)]
    public long MaxWork { get; set; } = 1_500_000_000;

    /// <summary>Longest time that a photo may be expected to wait for its decoding before it is refused at the door. Default
    /// 10 s, 10 ms to 10 minutes.</summary>
    [TimeRange("00:00:00.010", "00:10:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time that decoding one photo may take, of a processor's time: a busy machine does not count against the
    /// photo. Beyond it the photo is refused (422). Default 10 s, 0.1 s to 10 minutes.</summary>
    [TimeRange("00:00:00.100", "00:10:00")]
    public TimeSpan TimeBudget { get; set; } = TimeSpan.FromSeconds(10);
}
