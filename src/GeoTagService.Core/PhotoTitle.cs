namespace GeoTagService.Core;

/// <summary>A title that was found in a photo.</summary>
/// <param name="Text">The title, trimmed; not empty.</param>
/// <param name="Source">Where it stood.</param>
public sealed record PhotoTitle(string Text, TitleSource Source);

/// <summary>Where a photo's title can stand; of several the first counts.</summary>
public enum TitleSource
{
    /// <summary>XMP's <c>dc:title</c>.</summary>
    Xmp,

    /// <summary>IPTC's object name.</summary>
    Iptc,

    /// <summary>EXIF's image description.</summary>
    ExifDescription,

    /// <summary>The title that Windows writes beside EXIF's tags.</summary>
    ExifWindowsTitle,
}

/// <summary>Where a title is taken from when none is given.</summary>
public enum TitleFrom
{
    /// <summary>From nowhere.</summary>
    None,

    /// <summary>From the photo's own metadata.</summary>
    Metadata,
}
