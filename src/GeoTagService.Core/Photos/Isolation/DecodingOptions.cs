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
    /// photos are decoded at once, at most 4. 0 to 64.</summary>
    [Range(0, 64)]
    public int Processes { get; set; }

    /// <summary>Longest time that decoding one photo may take, of a processor's time: a busy machine does not count against the
    /// photo. Beyond it the photo is refused (422). Default 10 s, 0.1 s to 10 minutes.</summary>
    [TimeRange("00:00:00.100", "00:10:00")]
    public TimeSpan TimeBudget { get; set; } = TimeSpan.FromSeconds(10);
}
