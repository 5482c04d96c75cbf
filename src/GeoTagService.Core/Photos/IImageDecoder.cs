namespace GeoTagService.Core.Photos;

/// <summary>
/// The seam to the codec library: encoded bytes to pixels. Hostile input stops here: limits are checked from the
/// header before a pixel is allocated, and every fault is a <see cref="TaggingError"/>.
/// </summary>
public interface IImageDecoder
{
    /// <summary>Decodes a photo.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="request">Limits and wishes.</param>
    /// <returns>The pixels, to be disposed by the caller, or the fault (field <c>image</c>).</returns>
    Outcome<DecodedImage> Decode(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request);

    /// <summary>Opens a photo to be read row by row, so that a large one never lies in memory whole. Limits and format
    /// are checked here, damage within the pixels is reported by the rows.</summary>
    /// <param name="encoded">The file's bytes; they must stay as they are until the rows are disposed.</param>
    /// <param name="request">Limits and wishes.</param>
    /// <returns>The rows, to be disposed by the caller, or the fault (field <c>image</c>).</returns>
    Outcome<ImageRows> Open(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request)
    {
        var decoded = Decode(encoded, request);
        return decoded.IsSuccess ? new DecodedImageRows(decoded.Value) : decoded.Error;
    }

    /// <summary>Opens a photo where that takes no native code; where it does, nothing but the header is looked at.</summary>
    /// <param name="encoded">The file's bytes; they must stay as they are until the rows are disposed.</param>
    /// <param name="request">Limits and wishes.</param>
    /// <returns>The rows or the fault, as <see cref="Open"/> gives them; null where only native code can tell.</returns>
    Outcome<ImageRows>? OpenManaged(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request) => Open(encoded, request);
}

/// <summary>Limits and wishes for one decode.</summary>
/// <param name="MaxPixels">Most pixels (width × height) that the header may claim.</param>
/// <param name="ApplyOrientation">Whether to turn the photo as its EXIF orientation says.</param>
/// <param name="ReducedScaleTarget">Allow the JPEG to be decoded at a reduced DCT scale as long as its shorter side
/// stays at least this many pixels; 0 decodes at full size (the exact way).</param>
/// <param name="MaxWork">Most pixels × passes that decoding may take, by what the header says.</param>
/// <param name="Formats">Formats that are read beside the usual ones.</param>
public sealed record ImageDecodeRequest(
    long MaxPixels,
    bool ApplyOrientation,
    int ReducedScaleTarget = 0,
    long MaxWork = long.MaxValue,
    PhotoFormats Formats = PhotoFormats.None
);
