using System.Buffers;
using GeoTagService.Core;
using GeoTagService.Core.Photos;

namespace GeoTagService.Benchmarks.Jpeg;

/// <summary>Rows of a codec library that gives strips of whole rows, so that no photo lies in memory whole.</summary>
internal abstract class StripRows(int width, int height) : ImageRows
{
    private const int StripHeight = 16;

    private readonly byte[] _strip = ArrayPool<byte>.Shared.Rent((width * 4 * StripHeight) + RowPadding);
    private PixelRegion _region;
    private int _top;
    private int _count;
    private int _next;

    public override int Width => width;

    public override int Height => height;

    public override PixelLayout Layout => PixelLayout.Rgbx;

    public override ExifOrientation Orientation => ExifOrientation.TopLeft;

    public override TaggingError? Start(PixelRegion region)
    {
        _region = region;
        _next = region.Top;
        return null;
    }

    public override TaggingError? ReadRow(out ReadOnlySpan<byte> row)
    {
        while (_next >= _top + _count)
        {
            ReadNextStrip();
        }

        row = _strip.AsSpan(((_next - _top) * width * 4) + (_region.Left * 4), (_region.Width * 4) + RowPadding);
        _next++;
        return null;
    }

    public override TaggingError? Finish()
    {
        while (_top + _count < height)
        {
            ReadNextStrip();
        }

        return null;
    }

    /// <summary>Reads rows: four bytes a pixel, strip after strip from the top.</summary>
    protected abstract void ReadStrip(int top, int count, Span<byte> pixels);

    protected override void Dispose(bool disposing) => ArrayPool<byte>.Shared.Return(_strip);

    private void ReadNextStrip()
    {
        _top += _count;
        _count = Math.Min(StripHeight, height - _top);
        ReadStrip(_top, _count, _strip.AsSpan(0, _count * width * 4));
    }
}
