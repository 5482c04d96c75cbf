namespace GeoTagService.Core.Photos;

/// <summary>What can be wrong with a photo, in words for its sender.</summary>
internal static class ImageFaults
{
    private const string Field = "image";

    public static TaggingError Empty { get; } = new(TaggingErrorCode.InvalidImage, Field, "The image is empty (0 bytes).");

    /// <summary>A file that is not read, with what it is and what would read it, where its first bytes tell.</summary>
    /// <param name="file">The file.</param>
    /// <param name="choice">What would have to be chosen for it to be read, if anything.</param>
    /// <param name="chosen">What is read beside the usual formats.</param>
    public static TaggingError Unsupported(ReadOnlySpan<byte> file, PhotoFormats choice, PhotoFormats chosen)
    {
        var read = $"is not in a format that is read here: {PhotoFormatNames.List(chosen)}.";
        var detail = FileKind.Of(file) is { } kind
            ? $"The image is {kind.Name}, which {read} {kind.Advice}{WayToRead(choice)}"
            : $"The image {read}";
        return new TaggingError(TaggingErrorCode.UnsupportedMedia, Field, detail);
    }

    private static string WayToRead(PhotoFormats choice) =>
        choice == PhotoFormats.None
            ? ""
            : $" The command line (geotag tag) reads it, and so does a service whose setting GeoTag:Formats names {choice}.";

    public static TaggingError NoPreview(string format) =>
        new(
            TaggingErrorCode.InvalidImage,
            Field,
            $"The raw file ({format}) has no preview that can be read. Send the photo saved as JPEG."
        );

    public static TaggingError Truncated(string format) =>
        new(TaggingErrorCode.InvalidImage, Field, $"The {format} image is truncated: its data ends before its last row.");

    public static TaggingError Damaged(string format) =>
        new(TaggingErrorCode.InvalidImage, Field, $"The {format} image is damaged and cannot be decoded.");

    /// <summary>Damage by nothing but a missing end is named as such.</summary>
    public static TaggingError OfTheEnd(TaggingError fault, ReadOnlySpan<byte> file)
    {
        var header = ImageHeader.Read(file);
        return fault == Damaged(header.FormatName) && PhotoEnd.IsMissing(file, header.Format) ? Truncated(header.FormatName) : fault;
    }

    public static TaggingError TooManyScans(int scans, int limit) =>
        new(TaggingErrorCode.InvalidImage, Field, $"The JPEG image has {scans} scans; at most {limit} are read.");

    public static TaggingError TooMuchWork(ImageHeader header, long limit) =>
        new(
            TaggingErrorCode.ImageTooLarge,
            Field,
            $"Decoding the {header.FormatName} image of {header.Width} × {header.Height} pixels takes {header.Passes} passes over them, "
                + $"{header.Work} in all; at most {limit} are spent on one image."
        )
        {
            Limit = new TaggingLimit(limit, "pixel passes"),
        };

    public static TaggingError TakesTooLong(TimeSpan budget) =>
        new(
            TaggingErrorCode.InvalidImage,
            Field,
            $"The image takes longer to decode than the {budget.TotalSeconds:0.###} s that one may take."
        )
        {
            Limit = new TaggingLimit((long)budget.TotalMilliseconds, "milliseconds"),
        };

    public static TaggingError Late { get; } =
        new(TaggingErrorCode.DeadlineExceeded, null, "decoding the photo took longer than this request may wait")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static TaggingError NoTimeToDecode(TimeSpan budget) =>
        new(TaggingErrorCode.Overloaded, null, "the machine is too busy to decode the image in a reasonable time") { RetryAfter = budget };

    public static TaggingError Stopping { get; } =
        new(TaggingErrorCode.NotReady, null, "the service is stopping") { RetryAfter = TimeSpan.FromSeconds(1) };

    public static TaggingError NoDecoder(TimeSpan wait) =>
        new(TaggingErrorCode.Overloaded, null, "images of this format cannot be decoded at the moment") { RetryAfter = wait };

    public static TaggingError TooLarge(long width, long height, long limit) =>
        new(
            TaggingErrorCode.ImageTooLarge,
            Field,
            $"The image claims {width} × {height} = {(Int128)width * height} pixels; at most {limit} are accepted."
        )
        {
            Limit = new TaggingLimit(limit, "pixels"),
        };
}
