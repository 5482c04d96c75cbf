using System.Buffers;

namespace GeoTagService.Core.Photos;

/// <summary>Rows of a photo that was decoded whole and upright.</summary>
internal sealed class DecodedImageRows(DecodedImage image) : ImageRows
{
    private PixelRegion _region;
    private byte[]? _row;
    private int _next;

    public override int Width => image.Width;

    public override int Height => image.Height;

    public override PixelLayout Layout => image.Layout;

    public override ExifOrientation Orientation => ExifOrientation.TopLeft;

    public override TaggingError? Start(PixelRegion region)
    {
        _region = region;
        _row = ArrayPool<byte>.Shared.Rent((region.Width * 4) + RowPadding);
        _next = region.Top;
        return null;
    }

    public override TaggingError? ReadRow(out ReadOnlySpan<byte> row)
    {
        var target = _row.AsSpan(0, (_region.Width * 4) + RowPadding);
        image.Pixels.Slice((_next * image.Stride) + (_region.Left * 4), _region.Width * 4).CopyTo(target);
        _next++;
        row = target;
        return null;
    }

    public override TaggingError? Finish() => null;

    protected override void Dispose(bool disposing)
    {
        image.Dispose();
        var row = _row;
        _row = null;
        if (row is not null)
        {
            ArrayPool<byte>.Shared.Return(row);
        }
    }
}
