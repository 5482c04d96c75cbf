using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos;

/// <summary>What a file asks for is told from its first bytes.</summary>
public sealed class ImageHeaderTests
{
    private const long Pixels = 61 * 45;

    [Theory]
    [InlineData("baseline-420.jpg", 1)]
    [InlineData("baseline-cmyk.jpg", 1)]
    [InlineData("progressive-gray.jpg", 6)]
    [InlineData("progressive-420.jpg", 10)]
    [InlineData("rgb.png", 4)]
    [InlineData("rgba.png", 5)]
    [InlineData("gray.png", 2)]
    [InlineData("one-bit.png", 2)]
    [InlineData("palette.png", 2)]
    [InlineData("rgba-16.png", 9)]
    [InlineData("interlaced.png", 8)]
    [InlineData("lossy.webp", 6)]
    [InlineData("lossless.webp", 6)]
    [InlineData("alpha.webp", 6)]
    [InlineData("animated.webp", 6)]
    [InlineData("palette.gif", 3)]
    [InlineData("rgb.bmp", 4)]
    [InlineData("one-bit.bmp", 4)]
    public void Work_IsPixelsTimesPasses(string file, int passes) =>
        Assert.Equal(Pixels * passes, ImageHeader.Read(Read("formats", file)).Work);

    [Fact]
    public void ManyScansOfAHundredMegapixels_AreRefusedByTheHeaderWithLimitAndCost()
    {
        var outcome = new InProcessImageDecoder().Open(
            Read("cases", "prog99-gray-100MP.jpg"),
            new ImageDecodeRequest(MaxPixels: 100_000_000, ApplyOrientation: true, MaxWork: 1_500_000_000)
        );

        Assert.Equal(TaggingErrorCode.ImageTooLarge, outcome.Error?.Code);
        Assert.Equal(new TaggingLimit(1_500_000_000, "pixel passes"), outcome.Error!.Limit);
        Assert.Contains("99 passes", outcome.Error.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 24)]
    [InlineData(16, 24)]
    [InlineData(20, 29)]
    [InlineData(5, 9)]
    public void HeaderThatIsCut_NeverThrows(int from, int to)
    {
        foreach (var path in Directory.GetFiles(Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "formats")))
        {
            var bytes = File.ReadAllBytes(path);
            for (var length = from; length <= to; length++)
            {
                var header = ImageHeader.Read(bytes.AsSpan(0, Math.Min(length, bytes.Length)));
                Assert.InRange(header.Work, 0, long.MaxValue);
            }
        }
    }

    [Fact]
    public void MorePixelsThanALongCanCount_AreRefusedByTheirNumber()
    {
        var photo = TestImages.PngClaiming(-1, -1);

        Assert.Equal(long.MaxValue, ImageHeader.Read(photo).Work);
        var outcome = new InProcessImageDecoder().Open(photo, new ImageDecodeRequest(MaxPixels: 100_000_000, ApplyOrientation: true));
        Assert.Equal(TaggingErrorCode.ImageTooLarge, outcome.Error?.Code);
        Assert.Contains("= 18446744065119617025 pixels", outcome.Error!.Detail, StringComparison.Ordinal);
    }

    private static byte[] Read(string folder, string file) =>
        File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", folder, file));
}
