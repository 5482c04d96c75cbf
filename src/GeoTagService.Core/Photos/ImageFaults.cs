namespace GeoTagService.Core.Photos;

/// <summary>What can be wrong with a photo, in words for its sender.</summary>
internal static class ImageFaults
{
    private const string Field = "image";

    public static TaggingError Empty { get; } = new(TaggingErrorCode.InvalidImage, Field, "The image is empty (0 bytes).");

    public static TaggingError UnknownFormat { get; } = new(
        TaggingErrorCode.UnsupportedMedia, Field,
        "The image is not in a format that is read here: JPEG, PNG, WebP, GIF or BMP.");

    public static TaggingError Truncated(string format) => new(
        TaggingErrorCode.InvalidImage, Field, $"The {format} image is truncated: its data ends before its last row.");

    public static TaggingError Damaged(string format) => new(
        TaggingErrorCode.InvalidImage, Field, $"The {format} image is damaged and cannot be decoded.");

    public static TaggingError TooManyScans(int scans, int limit) => new(
        TaggingErrorCode.InvalidImage, Field, $"The JPEG image has {scans} scans; at most {limit} are read.");

    public static TaggingError TooLarge(long width, long height, long limit) => new(
        TaggingErrorCode.ImageTooLarge, Field,
        $"The image claims {width} × {height} = {width * height} pixels; at most {limit} are accepted.")
    {
        Limit = new TaggingLimit(limit, "pixels"),
    };
}
