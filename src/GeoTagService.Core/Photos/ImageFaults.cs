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

    public static TaggingError TooMuchWork(ImageHeader header, long limit) => new(
        TaggingErrorCode.ImageTooLarge, Field,
        $"Decoding the {header.FormatName} image of {header.Width} × {header.Height} pixels takes {header.Passes} passes over them, "
        + $"{header.Work} in all; at most {limit} are spent on one image.")
    {
        Limit = new TaggingLimit(limit, "pixel passes"),
    };

    public static TaggingError TakesTooLong(TimeSpan budget) => new(
        TaggingErrorCode.InvalidImage, Field, $"The image takes longer to decode than the {budget.TotalSeconds:0.###} s that one may take.")
    {
        Limit = new TaggingLimit((long)budget.TotalMilliseconds, "milliseconds"),
    };

    public static TaggingError Late { get; } = new(
        TaggingErrorCode.DeadlineExceeded, null, "decoding the photo took longer than this request may wait")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    public static TaggingError NoTimeToDecode(TimeSpan budget) => new(
        TaggingErrorCode.Overloaded, null, "the machine is too busy to decode the image in a reasonable time") { RetryAfter = budget };

    public static TaggingError Stopping { get; } = new(
        TaggingErrorCode.NotReady, null, "the service is stopping") { RetryAfter = TimeSpan.FromSeconds(1) };

    public static TaggingError NoDecoder(TimeSpan wait) => new(
        TaggingErrorCode.Overloaded, null, "images of this format cannot be decoded at the moment") { RetryAfter = wait };

    public static TaggingError TooLarge(long width, long height, long limit) => new(
        TaggingErrorCode.ImageTooLarge, Field,
        $"The image claims {width} × {height} = {width * height} pixels; at most {limit} are accepted.")
    {
        Limit = new TaggingLimit(limit, "pixels"),
    };
}
