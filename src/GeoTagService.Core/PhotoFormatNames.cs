namespace GeoTagService.Core;

/// <summary>The formats of photos by the names that people know.</summary>
public static class PhotoFormatNames
{
    private static readonly string[] Usual = ["JPEG", "PNG", "WebP", "GIF", "BMP"];

    private static readonly (PhotoFormats Format, string Name)[] Further =
    [
        (PhotoFormats.Heif, "HEIC"),
        (PhotoFormats.Avif, "AVIF"),
        (PhotoFormats.Tiff, "TIFF"),
        (PhotoFormats.Jpeg2000, "JPEG 2000"),
        (PhotoFormats.JpegXl, "JPEG XL"),
        (PhotoFormats.Psd, "PSD"),
        (PhotoFormats.Raw, "raw files with a preview"),
    ];

    /// <summary>All that is read, for a sentence: <c>JPEG, PNG, WebP, GIF or BMP</c>.</summary>
    /// <param name="chosen">What is read beside the usual formats.</param>
    public static string List(PhotoFormats chosen)
    {
        string[] names = [.. Usual, .. Further.Where(one => chosen.HasFlag(one.Format)).Select(one => one.Name)];
        return $"{string.Join(", ", names[..^1])} or {names[^1]}";
    }
}
