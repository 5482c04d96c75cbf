using GeoTagService.Core;
using GeoTagService.Core.Photos;
using SkiaSharp;

namespace GeoTagService.Benchmarks.Jpeg;

/// <summary>What would stand in the place of our decoder if SkiaSharp decoded plain JPEGs: strips from its scanline reader.</summary>
internal sealed class SkiaDecoder : IImageDecoder
{
    public Outcome<DecodedImage> Decode(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request) => throw new NotSupportedException();

    public Outcome<ImageRows> Open(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request)
    {
        var data = SKData.CreateCopy(encoded.Span);
        return new Rows(data, SKCodec.Create(data));
    }

    private sealed class Rows : StripRows
    {
        private readonly SKData _data;
        private readonly SKCodec _codec;

        public Rows(SKData data, SKCodec codec)
            : base(codec.Info.Width, codec.Info.Height)
        {
            (_data, _codec) = (data, codec);
            Expect(codec.StartScanlineDecode(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque)));
        }

        protected override unsafe void ReadStrip(int top, int count, Span<byte> pixels)
        {
            fixed (byte* target = pixels)
            {
                var read = _codec.GetScanlines((nint)target, count, Width * 4);
                Expect(read == count ? SKCodecResult.Success : SKCodecResult.IncompleteInput);
            }
        }

        protected override void Dispose(bool disposing)
        {
            _codec.Dispose();
            _data.Dispose();
            base.Dispose(disposing);
        }

        private static void Expect(SKCodecResult result)
        {
            if (result != SKCodecResult.Success)
            {
                throw new InvalidDataException($"SkiaSharp: {result}.");
            }
        }
    }
}
