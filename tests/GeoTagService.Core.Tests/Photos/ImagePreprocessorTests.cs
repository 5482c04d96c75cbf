using CsCheck;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Testing;
using SkiaSharp;

namespace GeoTagService.Core.Tests.Photos;

public sealed class ImagePreprocessorTests
{
    private static readonly ImageDecodeRequest Request = new(MaxPixels: 100_000_000, ApplyOrientation: true);

    private static readonly ResampleInstructions[] Supported =
    [
        .. Enum.GetValues<ResampleInstructions>().Where(ResampleInstructionsSupport.IsSupported),
    ];

    [Fact]
    public void SolidColour_StaysSolidAtAnySize() =>
        Gen.Select(Gen.Int[1, 2000], Gen.Int[1, 2000], Gen.Byte, Gen.Byte, Gen.Byte)
            .Sample(
                (width, height, r, g, b) =>
                {
                    using var crop = Prepare(Flat(width, height, r, g, b), 224, ResampleInstructionsSupport.Best);
                    Assert.Equal(224 * 224 * 3, crop.Pixels.Length);
                    var pixels = crop.Pixels.Span;
                    for (var i = 0; i < pixels.Length; i += 3)
                    {
                        Assert.True(pixels[i] == r && pixels[i + 1] == g && pixels[i + 2] == b);
                    }
                },
                iter: 30
            );

    [Fact]
    public void EveryVectorWidth_GivesTheSameBits() =>
        Gen.Select(Gen.Int[1, 700], Gen.Int[1, 700], Gen.Int[1, 90], Gen.Int, Gen.Int[1, 8])
            .Sample(
                (width, height, size, seed, orientation) =>
                {
                    var noise = Noise(width, height, seed, (ExifOrientation)orientation);
                    using var expected = Prepare(noise, size, ResampleInstructions.Scalar);
                    foreach (var instructions in Supported)
                    {
                        using var actual = Prepare(noise, size, instructions);
                        Assert.True(expected.Pixels.Span.SequenceEqual(actual.Pixels.Span), instructions.ToString());
                    }
                },
                iter: 60
            );

    [Fact]
    public void Orientation_EqualsTurningThePhotoFirst() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 300], Gen.Int, Gen.Int[1, 8])
            .Sample(
                (width, height, seed, orientation) =>
                {
                    var stored = Noise(width, height, seed, (ExifOrientation)orientation);
                    using var upright = UprightImage.Read(stored.Open(default, Request).Value!).Value!;
                    using var expected = Prepare(new SyntheticDecoder(upright), 48, ResampleInstructionsSupport.Best);
                    using var actual = Prepare(stored, 48, ResampleInstructionsSupport.Best);
                    Assert.True(expected.Pixels.Span.SequenceEqual(actual.Pixels.Span));
                },
                iter: 60
            );

    [Theory]
    [InlineData(1, 5000)]
    [InlineData(5000, 1)]
    [InlineData(1, 1)]
    [InlineData(37, 1200)]
    [InlineData(3, 5)]
    [InlineData(1, 20_000_000)]
    public void ExtremeShapes_ComputeOnlyTheCrop(int width, int height)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var crop = Prepare(Flat(width, height, 10, 200, 90), 224, ResampleInstructionsSupport.Best);
        Assert.Equal([10, 200, 90], crop.Pixels.Span[..3].ToArray());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    [Fact]
    public void ScaledTransparency_IsPremultipliedThenDropped()
    {
        // Left half opaque red, right half transparent green: no green may bleed into the edge, and what is clear is black.
        var photo = TestImages.PngOf(64, 64, (x, _) => x < 32 ? new SKColor(255, 0, 0) : new SKColor(0, 255, 0, 0));
        using var crop = Prepare(photo, 16);
        for (var i = 0; i < crop.Pixels.Length; i += 3)
        {
            Assert.Equal(0, crop.Pixels.Span[i + 1]);
        }

        Assert.Equal([255, 0, 0], crop.Pixels.Span[..3].ToArray());
        Assert.Equal([0, 0, 0], crop.Pixels.Span[(15 * 3)..(16 * 3)].ToArray());
    }

    [Fact]
    public void AnimatedGif_GivesItsFirstFrame()
    {
        using var crop = Prepare(SmallFiles.Gif(), 8);
        Assert.Equal([200, 10, 20], crop.Pixels.Span[..3].ToArray());
        Assert.Equal([200, 10, 20], crop.Pixels.Span[^3..].ToArray());
    }

    [Fact]
    public void ExifOrientation_IsHonouredOrIgnoredAsAsked()
    {
        var photo = TestImages.WithExif(TestImages.Jpeg(160, 120), orientation: 6);
        var decoder = new InProcessImageDecoder();
        using var turned = decoder.Decode(photo, Request).Value!;
        using var stored = decoder.Decode(photo, Request with { ApplyOrientation = false }).Value!;
        Assert.Equal((120, 160), (turned.Width, turned.Height));
        Assert.Equal((160, 120), (stored.Width, stored.Height));
        Assert.Equal(stored.Pixels.Slice(119 * stored.Stride, 4).ToArray(), turned.Pixels[..4].ToArray());
    }

    [Theory]
    [InlineData(448, 1024, 768)]
    [InlineData(1000, 2048, 1536)]
    [InlineData(2000, 4096, 3072)]
    [InlineData(3073, 4096, 3072)]
    public void ReducedScale_NeverFallsBelowItsTarget(int target, int width, int height)
    {
        var photo = TestImages.Jpeg(width, height);
        var reduced = Request with { ReducedScaleTarget = target };
        using var rows = new InProcessImageDecoder().Open(photo, reduced).Value!;
        Assert.InRange(Math.Min(rows.Width, rows.Height), Math.Min(target, height), Math.Max(2 * target, height));
        using var exact = Prepare(photo, 224);
        using var fast = new ImagePreprocessor(new InProcessImageDecoder(), 224)
            .Prepare(photo, reduced, TestContext.Current.CancellationToken)
            .Value!;
        Assert.InRange(MeanDifference(exact, fast), 0.0, 1.5);
    }

    [Fact]
    public void DisposedCrop_RefusesItsPixels()
    {
        var crop = Prepare(TestImages.Png(20, 20), 8);
        crop.Dispose();
        crop.Dispose();
        Assert.Throws<ObjectDisposedException>(() => crop.Pixels);
    }

    private static ImageCrop Prepare(byte[] photo, int size) =>
        new ImagePreprocessor(new InProcessImageDecoder(), size).Prepare(photo, Request, TestContext.Current.CancellationToken).Value!;

    private static ImageCrop Prepare(IImageDecoder decoder, int size, ResampleInstructions instructions) =>
        new ImagePreprocessor(decoder, size, instructions).Prepare(new byte[1], Request, TestContext.Current.CancellationToken).Value!;

    private static SyntheticDecoder Flat(int width, int height, byte r, byte g, byte b) =>
        new(
            width,
            height,
            ExifOrientation.TopLeft,
            (_, row) =>
            {
                for (var i = 0; i < row.Length; i += 4)
                {
                    (row[i], row[i + 1], row[i + 2], row[i + 3]) = (r, g, b, 255);
                }
            }
        );

    private static SyntheticDecoder Noise(int width, int height, int seed, ExifOrientation orientation) =>
        new(width, height, orientation, (y, row) => new Random(HashCode.Combine(seed, y)).NextBytes(row));

    private static double MeanDifference(ImageCrop a, ImageCrop b) =>
        a.Pixels.ToArray().Zip(b.Pixels.ToArray(), (x, y) => (double)Math.Abs(x - y)).Average();
}
