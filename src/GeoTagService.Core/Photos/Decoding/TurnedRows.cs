namespace GeoTagService.Core.Photos.Decoding;

/// <summary>Rows of a photo whose orientation stands elsewhere.</summary>
internal sealed class TurnedRows(ImageRows rows, ExifOrientation orientation) : ImageRows
{
    public override int Width => rows.Width;

    public override int Height => rows.Height;

    public override PixelLayout Layout => rows.Layout;

    public override ExifOrientation Orientation => orientation;

    public override Resampling Resampling => rows.Resampling;

    public override TaggingError? Start(PixelRegion region)
    {
        rows.Cancellation = Cancellation;
        return rows.Start(region);
    }

    public override TaggingError? ReadRow(out ReadOnlySpan<byte> row) => rows.ReadRow(out row);

    public override TaggingError? Finish() => rows.Finish();

    protected override void Dispose(bool disposing) => rows.Dispose();
}
