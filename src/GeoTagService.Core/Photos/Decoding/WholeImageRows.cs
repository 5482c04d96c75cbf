using System.Runtime.InteropServices;
using SkiaSharp;

namespace GeoTagService.Core.Photos.Decoding;

/// <summary>A picture of a format that is decoded at once (PNG, WebP, GIF, BMP).</summary>
internal sealed unsafe class WholeImageRows : ImageRows
{
    private readonly SkiaCodecHandle _handle;
    private readonly ImageHeader _header;
    private readonly SKImageInfo _info;

    // Native, so that a rare huge picture goes back to the system instead of staying in a pool.
    private byte* _pixels;
    private PixelRegion _region;
    private int _next;

    // What a pixel has that no frame of a GIF covers, or null.
    private readonly uint? _background;

    public WholeImageRows(SkiaCodecHandle handle, ImageHeader header, ExifOrientation orientation, uint? background)
    {
        _background = background;
        _handle = handle;
        _header = header;
        Orientation = orientation;
        var info = handle.Codec.Info;
        var alpha = info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
        _info = new SKImageInfo(info.Width, info.Height, SKColorType.Rgba8888, alpha);
        Layout = alpha == SKAlphaType.Opaque || header.IgnoresAlpha ? PixelLayout.Rgbx : PixelLayout.RgbaPremultiplied;
    }

    public override int Width => _info.Width;

    public override int Height => _info.Height;

    public override PixelLayout Layout { get; }

    public override ExifOrientation Orientation { get; }

    public override Resampling Resampling => _header.IsIndexed ? Resampling.Nearest : Resampling.Bicubic;

    public override TaggingError? Start(PixelRegion region)
    {
        _region = region;
        _next = region.Top;
        _pixels = (byte*)NativeMemory.Alloc(checked((nuint)(_info.BytesSize64 + RowPadding)));
        return _handle.Codec.GetPixels(_info, (nint)_pixels, _info.RowBytes, new SKCodecOptions(0)) switch
        {
            SKCodecResult.Success => null,
            SKCodecResult.IncompleteInput => ImageFaults.Truncated(_header.FormatName),
            _ => ImageFaults.Damaged(_header.FormatName),
        };
    }

    public override TaggingError? ReadRow(out ReadOnlySpan<byte> row)
    {
        var first = _pixels + ((nint)_next * _info.RowBytes) + (_region.Left * 4);
        if (Layout == PixelLayout.RgbaPremultiplied)
        {
            CropColours.Premultiply(new Span<byte>(first, _region.Width * 4));
        }

        if (_background is { } colour)
        {
            // Nothing else has no colour and no opacity.
            new Span<uint>(first, _region.Width).Replace(0u, colour);
        }

        row = new ReadOnlySpan<byte>(first, (_region.Width * 4) + RowPadding);
        _next++;
        return null;
    }

    public override TaggingError? Finish() => null;

    protected override void Dispose(bool disposing)
    {
        NativeMemory.Free(_pixels);
        _pixels = null;
        _handle.Dispose();
    }
}
