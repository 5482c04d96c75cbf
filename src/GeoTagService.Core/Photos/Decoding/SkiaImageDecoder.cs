using GeoTagService.Core.Photos.Jpeg;
using GeoTagService.Core.Photos.Metadata;
using SkiaSharp;

namespace GeoTagService.Core.Photos.Decoding;

/// <summary>
/// Decodes JPEG, PNG, WebP, GIF and BMP with SkiaSharp's codecs, plain JPEGs with our own. ICC profiles are ignored, as the reference ignores
/// them; of an animation the first frame is taken; 16-bit samples keep their high byte. Safe for any number of threads.
/// </summary>
public sealed class SkiaImageDecoder : IImageDecoder
{
    // Progressive files have about ten scans. Each one asks for a pass over the whole photo, so thousands are an attack.
    private const int MaxJpegScans = 100;

    // Whatever the request allows, 4 bytes a pixel have to fit an array.
    private const long MaxPixels = 500_000_000;

    private readonly HuffmanTableCache _tables = new();

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
        ArgumentNullException.ThrowIfNull(request);
        if (encoded.IsEmpty)
        {
            return ImageFaults.Empty;
        }

        var header = ImageHeader.Read(encoded.Span);
        if (header.Format == ImageFormat.Unknown)
        {
            return ImageFaults.UnknownFormat;
        }

        var limit = Math.Min(request.MaxPixels, MaxPixels);

        // Before any codec sees the file: a header may claim what no memory holds.
        if (Exceeds(header.Width, header.Height, limit))
        {
            return ImageFaults.TooLarge(header.Width, header.Height, limit);
        }

        if (header.Format == ImageFormat.Jpeg && header.Scans is > MaxJpegScans and var scans)
        {
            return ImageFaults.TooManyScans(scans, MaxJpegScans);
        }

        var orientation = request.ApplyOrientation
            ? PhotoMetadata.ReadOrientation(encoded.Span)
            : ExifOrientation.TopLeft;

        // At full size plain JPEGs are read by our own decoder: it is faster than a codec library built without vector
        // instructions, keeps inks apart, and notices damage that libjpeg paints over.
        if (header.Format == ImageFormat.Jpeg && request.ReducedScaleTarget <= 0
            && BaselineFrameReader.TryRead(encoded.Span, _tables) is { } frame)
        {
            return new BaselineJpegRows(frame, encoded, orientation);
        }

        var handle = SkiaCodecHandle.Open(encoded);
        if (handle is null)
        {
            return ImageFaults.Damaged(header.FormatName);
        }

        var info = handle.Codec.Info;
        if (info.Width < 1 || info.Height < 1 || !IsExpected(handle.Codec.EncodedFormat, header.Format))
        {
            handle.Dispose();
            return ImageFaults.Damaged(header.FormatName);
        }

        if (Exceeds(info.Width, info.Height, limit))
        {
            handle.Dispose();
            return ImageFaults.TooLarge(info.Width, info.Height, limit);
        }

        return header.Format == ImageFormat.Jpeg
            ? new JpegScanlineRows(handle, orientation, request.ReducedScaleTarget)
            : new WholeImageRows(handle, header, orientation);
    }

    private static bool Exceeds(long width, long height, long limit) =>
        width > 0 && height > 0 && (width > limit || height > limit || width * height > limit);

    private static bool IsExpected(SKEncodedImageFormat found, ImageFormat claimed) => found switch
    {
        SKEncodedImageFormat.Jpeg => claimed == ImageFormat.Jpeg,
        SKEncodedImageFormat.Png => claimed == ImageFormat.Png,
        SKEncodedImageFormat.Webp => claimed == ImageFormat.WebP,
        SKEncodedImageFormat.Gif => claimed == ImageFormat.Gif,
        SKEncodedImageFormat.Bmp => claimed == ImageFormat.Bmp,
        _ => false,
    };
}
