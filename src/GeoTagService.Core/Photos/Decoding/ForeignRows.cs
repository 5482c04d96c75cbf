namespace GeoTagService.Core.Photos.Decoding;

/// <summary>Rows of a picture that a library decoded whole.</summary>
internal sealed class ForeignRows : ImageRows
{
    private const int BytesPerPixel = 4;

    private readonly ForeignPicture _picture;
    private readonly ImageHeader _header;
    private PixelRegion _region;
    private int _next;
    private byte[] _row = [];

    public ForeignRows(ForeignPicture picture, ImageHeader header, ExifOrientation orientation)
    {
        _picture = picture;
        _header = header;
        Orientation = orientation;
        Layout = picture.HasAlpha ? PixelLayout.RgbaPremultiplied : PixelLayout.Rgbx;
    }

    public override int Width => _picture.Width;

    public override int Height => _picture.Height;

    public override PixelLayout Layout { get; }

    public override ExifOrientation Orientation { get; }

    public override Resampling Resampling => _header.IsIndexed ? Resampling.Nearest : Resampling.Bicubic;

    public override TaggingError? Start(PixelRegion region)
    {
        _region = region;
        _next = region.Top;
        _row = new byte[(region.Width * BytesPerPixel) + RowPadding];
        return null;
    }

    public override TaggingError? ReadRow(out ReadOnlySpan<byte> row)
    {
        Cancellation.ThrowIfCancellationRequested();
        var pixels = _row.AsSpan(0, _region.Width * BytesPerPixel);
        _picture.ReadRow(_region.Left, _next, pixels);
        if (Layout == PixelLayout.RgbaPremultiplied)
        {
            CropColours.Premultiply(pixels);
        }

        row = _row;
        _next++;
        return null;
    }

    public override TaggingError? Finish() => null;

    protected override void Dispose(bool disposing) => _picture.Dispose();
}
