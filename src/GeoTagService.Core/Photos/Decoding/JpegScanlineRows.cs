using System.Buffers;
using SkiaSharp;

namespace GeoTagService.Core.Photos.Decoding;

/// <summary>A JPEG decoded a band of whole rows at a time; the columns that are asked for are cut out of them.</summary>
internal sealed class JpegScanlineRows : ImageRows
{
    private const string Format = "JPEG";
    private const int BandRows = 16;

    private readonly SkiaCodecHandle _handle;
    private readonly SKImageInfo _info;
    private byte[]? _band;
    private int _stride;
    private int _firstByte;
    private int _rowBytes;
    private int _bandRow;
    private int _bandCount;
    private int _next;
    private int _end;

    public JpegScanlineRows(SkiaCodecHandle handle, ExifOrientation orientation, int reducedScaleTarget)
    {
        _handle = handle;
        Orientation = orientation;
        var size = ScaledSize(handle.Codec, reducedScaleTarget);
        _info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
    }

    public override int Width => _info.Width;

    public override int Height => _info.Height;

    public override PixelLayout Layout => PixelLayout.Rgbx;

    public override ExifOrientation Orientation { get; }

    public override TaggingError? Start(PixelRegion region)
    {
        // Whole rows: the codec keeps the address of a subset beyond this call and reads it when data ends early, from
        // memory that is gone by then.
        if (_handle.Codec.StartScanlineDecode(_info, new SKCodecOptions(SKZeroInitialized.No)) != SKCodecResult.Success)
        {
            return ImageFaults.Damaged(Format);
        }

        _stride = _info.RowBytes;
        _firstByte = region.Left * 4;
        _rowBytes = region.Width * 4;
        _band = ArrayPool<byte>.Shared.Rent((_stride * BandRows) + RowPadding);
        _end = region.Top + region.Height;
        if (region.Top > 0 && !_handle.Codec.SkipScanlines(region.Top))
        {
            return ImageFaults.Truncated(Format);
        }

        _next = region.Top;
        return null;
    }

    public override TaggingError? ReadRow(out ReadOnlySpan<byte> row)
    {
        row = default;
        if (_bandRow == _bandCount && ReadBand() is { } fault)
        {
            return fault;
        }

        row = _band.AsSpan((_bandRow * _stride) + _firstByte, _rowBytes + RowPadding);
        _bandRow++;
        return null;
    }

    // Skipping alone does not notice the end of the data, so the last row is really read.
    public override TaggingError? Finish()
    {
        var rest = _info.Height - _next;
        if (rest > 1 && !_handle.Codec.SkipScanlines(rest - 1))
        {
            return ImageFaults.Truncated(Format);
        }

        _next = Math.Max(_next, _info.Height - 1);
        _end = _info.Height;
        return rest > 0 ? ReadBand() : null;
    }

    protected override void Dispose(bool disposing)
    {
        _handle.Dispose();
        var band = _band;
        _band = null;
        if (band is not null)
        {
            ArrayPool<byte>.Shared.Return(band);
        }
    }

    private static SKSizeI ScaledSize(SKCodec codec, int target)
    {
        var full = codec.Info.Size;
        if (target <= 0)
        {
            return full;
        }

        foreach (var scale in (ReadOnlySpan<float>)[0.125f, 0.25f, 0.5f])
        {
            var scaled = codec.GetScaledDimensions(scale);
            if (Math.Min(scaled.Width, scaled.Height) >= target)
            {
                return scaled;
            }
        }

        return full;
    }

    private unsafe TaggingError? ReadBand()
    {
        Cancellation.ThrowIfCancellationRequested();
        _bandRow = 0;
        _bandCount = Math.Min(BandRows, _end - _next);
        fixed (byte* band = _band)
        {
            if (_handle.Codec.GetScanlines((nint)band, _bandCount, _stride) != _bandCount)
            {
                return ImageFaults.Truncated(Format);
            }
        }

        _next += _bandCount;
        return null;
    }
}
