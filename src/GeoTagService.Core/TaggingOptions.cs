using System.ComponentModel.DataAnnotations;

namespace GeoTagService.Core;

/// <summary>How a head is chosen when the request names none.</summary>
public enum HeadPolicy
{
    /// <summary>Best exact match on photos that all candidates were measured on; for the published heads Kaggle's (default).</summary>
    ExactMatch,

    /// <summary>Best macro F1 on photos that all candidates were measured on.</summary>
    MacroF1,
}

/// <summary>The tagger's settings, section <c>GeoTag</c>.</summary>
public sealed class TaggingOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "GeoTag";

    /// <summary>Directory of the bundle; null takes the newest valid bundle of <see cref="ModelsDirectory"/>, else the
    /// embedded miniature.</summary>
    public string? Bundle { get; set; }

    /// <summary>Where installed bundles lie, one directory each; null means the user's data directory.</summary>
    public string? ModelsDirectory { get; set; }

    /// <summary>Head used when the request names none: a name of the bundle, or <c>auto</c> (default).</summary>
    [Required]
    public string Head { get; set; } = "auto";

    /// <summary>How <c>auto</c> ranks heads. Default exact match.</summary>
    public HeadPolicy HeadPolicy { get; set; } = HeadPolicy.ExactMatch;

    /// <summary>Most bytes of an encoded photo. Default 20 MiB, 1 KiB to 256 MiB.</summary>
    [Range(1024, 256L * 1024 * 1024)]
    public long MaxImageBytes { get; set; } = 20L * 1024 * 1024;

    /// <summary>Most pixels of a photo. Default 100 million, 64 to 1,000 million.</summary>
    [Range(64L, 1_000_000_000L)]
    public long MaxImagePixels { get; set; } = 100_000_000;

    /// <summary>Formats that are read beside JPEG, PNG, WebP, GIF and BMP, by name and separated by commas: <c>Heif</c>, <c>Avif</c>,
    /// <c>Tiff</c>, <c>Jpeg2000</c>, <c>JpegXl</c>, <c>Psd</c>, <c>Raw</c>, or <c>All</c>. Default <c>None</c>; the command line's
    /// default is <c>All</c>. Read in child processes only.</summary>
    [EnumDataType(typeof(PhotoFormats))]
    public PhotoFormats Formats { get; set; }

    /// <summary>Most characters of a title that are looked at; a longer one is cut with a warning. Default 4,096.</summary>
    [Range(77, 65_536)]
    public int MaxTitleCharacters { get; set; } = 4096;

    /// <summary>Whether large JPEGs may be decoded at a reduced DCT scale while twice the crop's edge remains. Faster, at
    /// the price of pixels that differ slightly from the reference. Default false (exact).</summary>
    public bool ReducedScaleDecoding { get; set; }

    /// <summary>Most photos that are decoded at once; 0 (default) takes half of the processors, at least one, so that a
    /// flood of large photos leaves the encoders their share, and all of them where a card encodes. 0 to 1,024.</summary>
    [Range(0, 1024)]
    public int DecodeConcurrency { get; set; }
}
