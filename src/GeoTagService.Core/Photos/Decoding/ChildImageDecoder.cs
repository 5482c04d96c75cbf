using GeoTagService.Core.Photos.Metadata;

namespace GeoTagService.Core.Photos.Decoding;

/// <summary>Decodes every format that is read: the usual ones as the service's own process would, those that are read by choice here
/// alone. Safe for any number of threads where the codec is.</summary>
/// <param name="codec">Decodes the formats that are read by choice, but raw files.</param>
public sealed class ChildImageDecoder(IForeignCodec codec) : IImageDecoder
{
    private readonly InProcessImageDecoder _usual = new();

    /// <summary>Which of the formats that are read by choice a file is, by its header.</summary>
    /// <param name="file">The file.</param>
    public static PhotoFormats FormatOf(ReadOnlySpan<byte> file) => ImageHeader.Read(file).Choice;

    /// <inheritdoc/>
    public Outcome<DecodedImage> Decode(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request)
    {
        var opened = Open(encoded, request);
        if (!opened.IsSuccess)
        {
            return opened.Error;
        }

        using var rows = opened.Value;
        return UprightImage.Read(rows);
    }

    /// <inheritdoc/>
    public Outcome<ImageRows> Open(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request)
    {
        // Format and limits are checked there for all formats.
        if (_usual.OpenManaged(encoded, request, out var header) is { } opened)
        {
            return opened;
        }

        return header.Format switch
        {
            ImageFormat.Raw => OpenPreview(encoded, request),
            _ when header.IsByChoice => OpenForeign(encoded.Span, header, request),
            _ => InProcessImageDecoder.OpenWithLibrary(encoded, request, header),
        };
    }

    /// <inheritdoc/>
    public Outcome<ImageRows>? OpenManaged(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request) =>
        _usual.OpenManaged(encoded, request);

    private Outcome<ImageRows> OpenForeign(ReadOnlySpan<byte> encoded, ImageHeader header, ImageDecodeRequest request)
    {
        var picture = codec.Decode(encoded, header.Choice, request.MaxPixels, request.ApplyOrientation);
        if (picture is null)
        {
            return ImageFaults.Damaged(header.FormatName);
        }

        // A file whose picture is larger than its header says is taken for no better than a damaged one.
        var claimed = header.Width > 0 && header.Height > 0 ? header.Width * header.Height : request.MaxPixels;
        if ((long)picture.Width * picture.Height > claimed)
        {
            picture.Dispose();
            return ImageFaults.Damaged(header.FormatName);
        }

        return new ForeignRows(picture, header, request.ApplyOrientation ? Orientation(encoded, header, picture) : ExifOrientation.TopLeft);
    }

    // HEIF and AVIF come out of their container turned, and JPEG XL says in its stream how to turn. What EXIF says beside that is no
    // second turn, though the library takes it for one.
    private static ExifOrientation Orientation(ReadOnlySpan<byte> encoded, ImageHeader header, ForeignPicture picture) =>
        header.Format switch
        {
            ImageFormat.Heif or ImageFormat.Avif => ExifOrientation.TopLeft,
            ImageFormat.JpegXl => JpegXlHeader.ReadOrientation(JpegXlHeader.StreamOf(encoded)),
            _ => picture.Orientation,
        };

    private Outcome<ImageRows> OpenPreview(ReadOnlyMemory<byte> raw, ImageDecodeRequest request)
    {
        var preview = raw[RawPreview.Start(raw.Span)..];
        if (preview.IsEmpty)
        {
            return ImageFaults.NoPreview(FileKind.RawName(raw.Span) ?? "RAW");
        }

        var orientation = request.ApplyOrientation ? Orientation(raw.Span, preview.Span) : ExifOrientation.TopLeft;
        var opened = _usual.Open(preview, request with { ApplyOrientation = false });
        return opened.IsSuccess ? new TurnedRows(opened.Value, orientation) : opened.Error;
    }

    // What the raw file itself says, where the preview says nothing.
    private static ExifOrientation Orientation(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> preview) =>
        PhotoMetadata.ReadOrientation(preview) is var own && own != ExifOrientation.TopLeft ? own : PhotoMetadata.ReadOrientation(raw);
}
