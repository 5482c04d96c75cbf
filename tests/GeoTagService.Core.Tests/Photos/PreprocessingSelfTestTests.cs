using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;

namespace GeoTagService.Core.Tests.Photos;

public sealed class PreprocessingSelfTestTests
{
    [Theory]
    [InlineData(224)]
    [InlineData(32)]
    public void SoundMachine_Passes(int size) => PreprocessingSelfTest.Run(new ImagePreprocessor(new InProcessImageDecoder(), size));

    [Fact]
    public void OtherPixels_ThrowsAndSaysSo()
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
            PreprocessingSelfTest.Run(new ImagePreprocessor(new GrayDecoder(), 224))
        );
        Assert.Contains("do not give the reference's pixels", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusingDecoder_ThrowsAndSaysWhy()
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
            PreprocessingSelfTest.Run(new ImagePreprocessor(new RefusingDecoder(), 224))
        );
        Assert.Contains("no codec", error.Message, StringComparison.Ordinal);
    }

    private sealed class GrayDecoder : IImageDecoder
    {
        public Outcome<DecodedImage> Decode(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request)
        {
            var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(48 * 40 * 4);
            buffer.AsSpan().Fill(128);
            return new DecodedImage(buffer, 48, 40, 48 * 4, PixelLayout.Rgbx);
        }
    }

    private sealed class RefusingDecoder : IImageDecoder
    {
        public Outcome<DecodedImage> Decode(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request) =>
            new TaggingError(TaggingErrorCode.InvalidImage, "image", "no codec");
    }
}
