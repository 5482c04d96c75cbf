using GeoTagService.Core.Photos;

namespace GeoTagService.Core.Tests.Photos;

/// <summary>A decoder without a codec: pixels come from a function of the row, whatever the bytes are.</summary>
internal sealed class SyntheticDecoder(int width, int height, ExifOrientation orientation, SyntheticDecoder.Fill fill) : IImageDecoder
{
    public delegate void Fill(int y, Span<byte> row);

    public SyntheticDecoder(DecodedImage image)
        : this(image.Width, image.Height, ExifOrientation.TopLeft, (y, row) => image.Pixels.Slice(y * image.Stride, row.Length).CopyTo(row))
    { }

    public Outcome<DecodedImage> Decode(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request) =>
        UprightImage.Read(new Rows(width, height, orientation, fill));

    public Outcome<ImageRows> Open(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request) => new Rows(width, height, orientation, fill);

    private sealed class Rows(int width, int height, ExifOrientation orientation, Fill fill) : ImageRows
    {
        private readonly byte[] _row = new byte[width * 4];
        private byte[] _region = [];
        private int _left;
        private int _next;

        public override int Width => width;

        public override int Height => height;

        public override PixelLayout Layout => PixelLayout.Rgbx;

        public override ExifOrientation Orientation => orientation;

        public override TaggingError? Start(PixelRegion region)
        {
            _left = region.Left;
            _next = region.Top;

            // Garbage in the padding must not show in the result.
            _region = new byte[(region.Width * 4) + RowPadding];
            Array.Fill(_region, (byte)0xA5);
            return null;
        }

        public override TaggingError? ReadRow(out ReadOnlySpan<byte> row)
        {
            fill(_next++, _row);
            _row.AsSpan(_left * 4, _region.Length - RowPadding).CopyTo(_region);
            row = _region;
            return null;
        }

        public override TaggingError? Finish() => null;

        protected override void Dispose(bool disposing) { }
    }
}
