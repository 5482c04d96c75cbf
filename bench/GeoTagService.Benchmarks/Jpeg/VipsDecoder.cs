using GeoTagService.Core;
using GeoTagService.Core.Photos;
using NetVips;

namespace GeoTagService.Benchmarks.Jpeg;

/// <summary>What would stand in the place of our decoder if libvips decoded plain JPEGs: strips from its sequential reader.</summary>
internal sealed class VipsDecoder : IImageDecoder
{
    /// <summary>Opens a photo that is refused where its data end early.</summary>
    public static Image Load(byte[] photo) => Image.JpegloadBuffer(photo, access: Enums.Access.Sequential, failOn: Enums.FailOn.Truncated);

    public Outcome<DecodedImage> Decode(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request) => throw new NotSupportedException();

    public Outcome<ImageRows> Open(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request) => new Rows(Load(encoded.ToArray()));

    private sealed class Rows : StripRows
    {
        private readonly Image _loaded;
        private readonly Image _pixels;
        private readonly Region _region;

        public Rows(Image loaded)
            : base(loaded.Width, loaded.Height)
        {
            _loaded = loaded;
            _pixels = loaded.Bandjoin(255);
            _region = Region.New(_pixels);
        }

        protected override void ReadStrip(int top, int count, Span<byte> pixels) => _region.Fetch(0, top, Width, count).CopyTo(pixels);

        protected override void Dispose(bool disposing)
        {
            _region.Dispose();
            _pixels.Dispose();
            _loaded.Dispose();
            base.Dispose(disposing);
        }
    }
}
