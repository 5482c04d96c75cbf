using CsCheck;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos;

/// <summary>Bad input answers with a fault that names the image; nothing throws, nothing turns gray.</summary>
public sealed class HostileImageTests
{
    private static readonly ImageDecodeRequest Request = new(MaxPixels: 4_000_000, ApplyOrientation: true);
    private static readonly ImagePreprocessor Preprocessor = new(new InProcessImageDecoder(), 32);

    private static readonly byte[][] Sound =
    [
        TestImages.Jpeg(120, 90),
        TestImages.Jpeg(64, 200, seed: 3, quality: 97),
        TestImages.WithExif(TestImages.Jpeg(90, 60), orientation: 6),
        TestImages.Png(90, 70),
        TestImages.WebP(90, 70),
        SmallFiles.Gif(),
        SmallFiles.Bmp(30, 20),
    ];

    [Fact]
    public void Nothing_IsInvalidImage() => Expect(TaggingErrorCode.InvalidImage, ReadOnlyMemory<byte>.Empty, "0 bytes");

    [Theory]
    [InlineData("This is no picture but a text file, whatever its name says.")]
    [InlineData("BMW and other words that begin like a bitmap file of old, long enough to hold both headers.")]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")]
    [InlineData("%PDF-1.7")]
    [InlineData("x")]
    public void TextAsImage_IsUnsupportedMedia(string text) =>
        Expect(TaggingErrorCode.UnsupportedMedia, System.Text.Encoding.UTF8.GetBytes(text), "JPEG, PNG, WebP, GIF or BMP");

    [Theory]
    [InlineData(60_000, 60_000)]
    [InlineData(4_000_001, 1)]
    [InlineData(1, 2_000_000_000)]
    public void PngHeaderClaimingTooMuch_IsTooLargeWithBothNumbers(int width, int height)
    {
        var detail = Expect(TaggingErrorCode.ImageTooLarge, TestImages.PngClaiming(width, height), $"{width} × {height}");
        Assert.Contains("4000000", detail, StringComparison.Ordinal);
        Assert.Contains(((long)width * height).ToString(), detail, StringComparison.Ordinal);
    }

    [Fact]
    public void PhotoOverTheLimit_IsTooLarge()
    {
        foreach (var photo in Sound)
        {
            using var rows = new InProcessImageDecoder().Open(photo, Request).Value!;
            long pixels = rows.Width * rows.Height;
            AssertFault(
                TaggingErrorCode.ImageTooLarge,
                Preprocessor.Prepare(photo, Request with { MaxPixels = pixels - 1 }, TestContext.Current.CancellationToken),
                "at most"
            );
            using var crop = Preprocessor.Prepare(photo, Request with { MaxPixels = pixels }, TestContext.Current.CancellationToken).Value;
            Assert.NotNull(crop);
        }
    }

    [Fact]
    public void TruncatedPhoto_IsInvalidImageWhereverItEnds()
    {
        foreach (var photo in Sound)
        {
            for (var percent = 5; percent <= 95; percent += 5)
            {
                // An animation is whole as soon as its first frame is.
                var part = photo.AsMemory(0, Math.Max(photo.Length * percent / 100, 26));
                if (photo == Sound[5] && percent > 45)
                {
                    break;
                }

                AssertFault(
                    TaggingErrorCode.InvalidImage,
                    Preprocessor.Prepare(part, Request, TestContext.Current.CancellationToken),
                    expected: null
                );
            }
        }
    }

    [Theory]
    [InlineData(40, 400)]
    [InlineData(400, 40)]
    public void TruncationOutsideTheCrop_IsFoundToo(int width, int height)
    {
        var photo = TestImages.Jpeg(width, height, quality: 95);
        AssertFault(
            TaggingErrorCode.InvalidImage,
            Preprocessor.Prepare(photo.AsMemory(0, photo.Length - 40), Request, TestContext.Current.CancellationToken),
            "JPEG"
        );
    }

    [Theory(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    [InlineData("o03_jpeg_progressive_q75_640x480.jpg")]
    [InlineData("o05_jpeg_cmyk_q90_640x480.jpg")]
    [InlineData("o10_jpeg_thin_37x1200.jpg")]
    [InlineData("o16_png_gray16_240x320.png")]
    [InlineData("o18_webp_lossy_q80_640x480.webp")]
    public void TruncatedReferencePhoto_IsInvalidImage(string file)
    {
        var photo = File.ReadAllBytes(ReferenceData.PathOf("golden", "images", file));
        for (var percent = 10; percent <= 99; percent++)
        {
            var part = photo.AsMemory(0, photo.Length * percent / 100);
            AssertFault(
                TaggingErrorCode.InvalidImage,
                Preprocessor.Prepare(part, Request, TestContext.Current.CancellationToken),
                expected: null
            );
        }
    }

    [Fact]
    public void ProgressiveDataThatEndsBeforeItsFirstRow_IsTruncated() =>
        Expect(
            TaggingErrorCode.InvalidImage,
            File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "cases", "prog-cut.jpg")),
            "truncated"
        );

    [Fact]
    public void DataThatEndsBehindAStrayByte_IsTruncatedEveryTime()
    {
        // A stray byte before the frame header sends it to the codec library, whose scanline decoder then runs dry.
        var photo = File.ReadAllBytes(
            Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "cases", "jpeg-stray-byte-truncated.jpg")
        );
        for (var i = 0; i < 1000; i++)
        {
            Expect(TaggingErrorCode.InvalidImage, photo, "truncated");
        }
    }

    [Fact]
    public void PixelFormatsThatAreNotRead_AreUnsupported()
    {
        Expect(TaggingErrorCode.UnsupportedMedia, "II*\0"u8.ToArray(), "JPEG");
        Expect(TaggingErrorCode.UnsupportedMedia, new byte[] { 0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0 }, "JPEG");
    }

    [Fact]
    public void JpegWithThousandsOfScans_IsRefusedUnread()
    {
        var photo = TestImages.Jpeg(64, 64);
        byte[] scans = [.. Enumerable.Repeat<byte[]>([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0], 3000).SelectMany(s => s)];
        byte[] bomb = [.. photo.AsSpan(0, photo.Length - 2), .. scans, 0xFF, 0xD9];
        Expect(TaggingErrorCode.InvalidImage, bomb, "3001 scans");
    }

    [Fact]
    public void AnyDamage_NeverThrows() =>
        Gen.Select(Gen.Int[0, Sound.Length - 1], Gen.Select(Gen.Int[0, 100_000], Gen.Byte).Array[1, 12], Gen.Double[0, 1.5])
            .Sample(
                (index, changes, length) =>
                {
                    var damaged = Sound[index].ToArray();
                    foreach (var (at, value) in changes)
                    {
                        damaged[at % damaged.Length] = value;
                    }

                    var part = damaged.AsMemory(0, (int)(damaged.Length * Math.Min(length, 1.0)));
                    var outcome = Preprocessor.Prepare(part, Request, TestContext.Current.CancellationToken);
                    using var crop = outcome.Value;
                    Assert.True(crop is not null ? crop.Pixels.Length == 32 * 32 * 3 : outcome.Error!.Field == "image");
                },
                iter: 2000
            );

    private static string Expect(TaggingErrorCode code, ReadOnlyMemory<byte> encoded, string expected) =>
        AssertFault(code, Preprocessor.Prepare(encoded, Request, TestContext.Current.CancellationToken), expected);

    private static string AssertFault(TaggingErrorCode code, Outcome<ImageCrop> outcome, string? expected)
    {
        using var crop = outcome.Value;
        Assert.Null(crop);
        Assert.Equal(code, outcome.Error!.Code);
        Assert.Equal("image", outcome.Error.Field);
        Assert.Contains(expected ?? string.Empty, outcome.Error.Detail, StringComparison.Ordinal);
        return outcome.Error.Detail;
    }
}
