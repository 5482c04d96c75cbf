using GeoTagService.Core.Photos.Jpeg;
using GeoTagService.Core.Photos.Metadata;
using SkiaSharp;

namespace GeoTagService.Core.Photos.Decoding;

/// <summary>
/// The door to the codecs of this process: plain JPEGs go to our own decoder, other JPEG, PNG, WebP, GIF and BMP to SkiaSharp's.
/// ICC profiles are ignored, as the reference ignores them; of an animation the first frame is taken; 16-bit samples keep their
/// high byte. Safe for any number of threads. Strangers' photos come here in a child process only, but for plain JPEGs.
/// </summary>
public sealed class InProcessImageDecoder : IImageDecoder
{
    // Progressive files have about ten scans. Each one asks for a pass over the whole photo, so thousands are an attack.
    private const int MaxJpegScans = 100;

    /// <summary>Whatever a request allows: 4 bytes a pixel have to fit an array.</summary>
    internal const long MostPixels = 500_000_000;

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
    public Outcome<ImageRows> Open(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request) =>
        OpenManaged(encoded, request, out var header) ?? OpenWithLibrary(encoded, request, header);

    /// <inheritdoc/>
    public Outcome<ImageRows>? OpenManaged(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request) =>
        OpenManaged(encoded, request, out _);

    /// <summary>The same, for whoever goes on with the header: reading it takes a walk through the whole of a JPEG.</summary>
    internal Outcome<ImageRows>? OpenManaged(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request, out ImageHeader header)
    {
        ArgumentNullException.ThrowIfNull(request);
        header = default;
        if (encoded.IsEmpty)
        {
            return ImageFaults.Empty;
        }

        header = ImageHeader.Read(encoded.Span);
        if (header.Format == ImageFormat.Unknown || (header.Choice & ~request.Formats) != PhotoFormats.None)
        {
            return ImageFaults.Unsupported(encoded.Span, header.Choice, request.Formats);
        }

        // Before any codec sees the file: a header may claim what no memory holds.
        var limit = Math.Min(request.MaxPixels, MostPixels);
        if (Exceeds(header.Width, header.Height, limit))
        {
            return ImageFaults.TooLarge(header.Width, header.Height, limit);
        }

        if (header.Format == ImageFormat.Jpeg && header.Passes > MaxJpegScans)
        {
            return ImageFaults.TooManyScans(header.Passes, MaxJpegScans);
        }

        if (header.Work > request.MaxWork)
        {
            return ImageFaults.TooMuchWork(header, request.MaxWork);
        }

        if (header.Format != ImageFormat.Jpeg)
        {
            return null;
        }

        // At full size plain JPEGs are read by our own decoder: it is faster than a codec library built without vector
        // instructions, keeps inks apart, and notices damage that libjpeg paints over.
        return request.ReducedScaleTarget <= 0 && BaselineFrameReader.TryRead(encoded.Span, _tables) is { } frame
            ? new BaselineJpegRows(frame, encoded, OrientationOf(encoded, request))
            : default(Outcome<ImageRows>?);
    }

    /// <summary>Opens a photo of one of the usual formats whose limits were checked.</summary>
    internal static Outcome<ImageRows> OpenWithLibrary(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request, ImageHeader header)
    {
        if (header.IsByChoice)
        {
            throw new NotSupportedException($"{header.FormatName} is decoded in child processes only.");
        }

        var limit = Math.Min(request.MaxPixels, MostPixels);
        var background = default(uint?);
        if (header.Format == ImageFormat.Gif && GifFirstFrame.Read(encoded.Span) is { } frame)
        {
            encoded = WithoutTransparency(encoded, frame);
            background = frame.CoversCanvas
                ? null
                : (uint)(frame.Background.R | (frame.Background.G << 8) | (frame.Background.B << 16) | (255 << 24));
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

        var orientation = OrientationOf(encoded, request);
        return header.Format == ImageFormat.Jpeg
            ? new JpegScanlineRows(handle, orientation, request.ReducedScaleTarget)
            : new WholeImageRows(handle, header, orientation, background);
    }

    // The library gives no indices, and a transparent pixel no colour.
    private static ReadOnlyMemory<byte> WithoutTransparency(ReadOnlyMemory<byte> gif, GifFirstFrame frame)
    {
        if (frame.TransparencyFlag < 0)
        {
            return gif;
        }

        var opaque = gif.ToArray();
        opaque[frame.TransparencyFlag] &= 0xFE;
        return opaque;
    }

    private static ExifOrientation OrientationOf(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request) =>
        request.ApplyOrientation ? PhotoMetadata.ReadOrientation(encoded.Span) : ExifOrientation.TopLeft;

    private static bool Exceeds(long width, long height, long limit) =>
        width > 0 && height > 0 && (width > limit || height > limit || width * height > limit);

    private static bool IsExpected(SKEncodedImageFormat found, ImageFormat claimed) =>
        found switch
        {
            SKEncodedImageFormat.Jpeg => claimed == ImageFormat.Jpeg,
            SKEncodedImageFormat.Png => claimed == ImageFormat.Png,
            SKEncodedImageFormat.Webp => claimed == ImageFormat.WebP,
            SKEncodedImageFormat.Gif => claimed == ImageFormat.Gif,
            SKEncodedImageFormat.Bmp => claimed == ImageFormat.Bmp,
            _ => false,
        };
}
