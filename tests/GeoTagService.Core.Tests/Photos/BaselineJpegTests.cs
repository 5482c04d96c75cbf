using CsCheck;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Core.Photos.Jpeg;
using SkiaSharp;

namespace GeoTagService.Core.Tests.Photos;

/// <summary>Our JPEG decoder gives the pixels of the codec library, which are libjpeg's.</summary>
public sealed class BaselineJpegTests
{
    private static readonly ImageDecodeRequest Request = new(MaxPixels: 10_000_000, ApplyOrientation: false);

    [Fact]
    public void AnySizeQualityAndSampling_EqualsTheCodecLibrary() =>
        Gen.Select(Gen.Int[3, 150], Gen.Int[1, 150], Gen.Int[1, 100], Gen.Enum<SKJpegEncoderDownsample>(), Gen.Int)
            .Sample(
                (width, height, quality, sampling, seed) =>
                {
                    var photo = Encode(width, height, quality, sampling, seed);
                    using var rows = new InProcessImageDecoder().Open(photo, Request).Value!;
                    Assert.True(rows is BaselineJpegRows || width < 6);
                    using var image = UprightImage.Read(rows).Value!;
                    Assert.True(image.Pixels.SequenceEqual(DecodeWithLibrary(photo)));
                },
                iter: 100
            );

    [Fact]
    public void AnyRegion_IsTheSamePartOfTheWhole() =>
        Gen.Select(Gen.Enum<SKJpegEncoderDownsample>(), Gen.Int[0, 199], Gen.Int[0, 99], Gen.Int[1, 200], Gen.Int[1, 100])
            .Sample(
                (sampling, left, top, width, height) =>
                {
                    var region = new PixelRegion(left, top, Math.Min(width, 200 - left), Math.Min(height, 100 - top));
                    var photo = Encode(200, 100, 90, sampling, seed: 5);
                    var whole = DecodeWithLibrary(photo);
                    using var rows = new InProcessImageDecoder().Open(photo, Request).Value!;
                    Assert.Null(rows.Start(region));
                    for (var y = region.Top; y < region.Top + region.Height; y++)
                    {
                        Assert.Null(rows.ReadRow(out var row));
                        Assert.True(row[..(region.Width * 4)].SequenceEqual(whole.AsSpan(((y * 200) + region.Left) * 4, region.Width * 4)));
                    }

                    Assert.Null(rows.Finish());
                },
                iter: 100
            );

    [Fact]
    public unsafe void ScalarTransform_EqualsTheVectorTransform() =>
        Gen.Int[-1500, 1500]
            .Array[64]
            .Sample(block =>
            {
                var scalar = new byte[64];
                var vector = new byte[64];
                fixed (int* coefficients = block)
                {
                    fixed (
                        byte* first = scalar,
                            second = vector
                    )
                    {
                        InverseDct.RunScalar(coefficients, first, 8);
                        InverseDct.Run(coefficients, second, 8);
                    }
                }

                Assert.Equal(scalar, vector);
            });

    [Fact]
    public void DataEndingAnywhere_IsTruncated()
    {
        var photo = Encode(70, 50, 80, SKJpegEncoderDownsample.Downsample420, seed: 1);
        var data = JpegDataStart(photo);
        for (var length = data; length < photo.Length - 4; length += 7)
        {
            var outcome = new InProcessImageDecoder().Decode(photo.AsMemory(0, length), Request);
            Assert.Equal(TaggingErrorCode.InvalidImage, outcome.Error?.Code);
        }
    }

    [Fact]
    public void EndMarkerBeforeTheLastRow_IsTruncatedAndNotGray()
    {
        var photo = Encode(70, 50, 80, SKJpegEncoderDownsample.Downsample420, seed: 1);
        byte[] cut = [.. photo.AsSpan(0, photo.Length / 2), 0xFF, 0xD9];
        Assert.Contains("truncated", new InProcessImageDecoder().Decode(cut, Request).Error?.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void CancelledBetweenRows_Ends(int rowsBefore)
    {
        var photo = Encode(64, 400, 80, SKJpegEncoderDownsample.Downsample420, seed: 2);
        using var leaving = new CancellationTokenSource();
        using var rows = new InProcessImageDecoder().Open(photo, Request).Value!;
        rows.Cancellation = leaving.Token;
        Assert.Null(rows.Start(new PixelRegion(0, 0, 64, 400)));
        for (var i = 0; i < rowsBefore; i++)
        {
            Assert.Null(rows.ReadRow(out _));
        }

        leaving.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(rows.Finish);
    }

    private static int JpegDataStart(byte[] photo) => BaselineFrameReader.TryRead(photo, new HuffmanTableCache())!.DataOffset;

    private static byte[] Encode(int width, int height, int quality, SKJpegEncoderDownsample sampling, int seed)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var random = new Random(seed);
        var noise = random.Next(1, 120);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                bitmap.SetPixel(
                    x,
                    y,
                    new SKColor(
                        (byte)((x * 3) + random.Next(noise)),
                        (byte)((y * 5) + random.Next(noise)),
                        (byte)((x * y / 7) + random.Next(noise))
                    )
                );
            }
        }

        using var pixels = bitmap.PeekPixels();
        using var data = pixels.Encode(new SKJpegEncoderOptions(quality, sampling, SKJpegEncoderAlphaOption.Ignore))!;
        return data.ToArray();
    }

    private static unsafe byte[] DecodeWithLibrary(byte[] photo)
    {
        using var data = SKData.CreateCopy(photo);
        using var codec = SKCodec.Create(data);
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var pixels = new byte[info.BytesSize];
        fixed (byte* target = pixels)
        {
            Assert.Equal(SKCodecResult.Success, codec.GetPixels(info, (nint)target));
        }

        return pixels;
    }
}
