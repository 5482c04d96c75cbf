using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CsCheck;
using GeoTagService.Core.Photos;

namespace GeoTagService.Core.Tests.Photos;

public sealed class ImageNormalizerTests
{
    private static readonly float[] Mean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] Std = [0.26862954f, 0.26130258f, 0.27577711f];

    [Fact]
    public void EveryValue_IsTorchvisionsToTheBit()
    {
        var crop = Enumerable.Range(0, 256 * 3).Select(i => (byte)(i / 3)).ToArray();
        var chw = new float[crop.Length];
        ImageNormalizer.Normalize(crop, Mean, Std, chw);

        // SHA-256 of ToTensor and Normalize (torchvision 0.14) of the values 0..255 in each channel, float32.
        Assert.Equal(
            "5d23c0b115c373c73875b37dce36aa6a54af484dd4332d5f9d07d6ebecb20900",
            Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(chw.AsSpan())))
        );
    }

    [Fact]
    public void AnyLength_IsTheScalarFormulaByChannel() =>
        Gen
            .Byte.Array[0, 400]
            .Sample(bytes =>
            {
                var crop = bytes.AsSpan(0, bytes.Length / 3 * 3);
                var pixels = crop.Length / 3;
                var chw = new float[crop.Length];
                ImageNormalizer.Normalize(crop, Mean, Std, chw);
                for (var i = 0; i < crop.Length; i++)
                {
                    var expected = ((crop[i] / 255f) - Mean[i % 3]) / Std[i % 3];
                    Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(chw[(i % 3 * pixels) + (i / 3)]));
                }
            });

    [Fact]
    public void WrongLengths_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageNormalizer.Normalize(new byte[4], Mean, Std, new float[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageNormalizer.Normalize(new byte[6], Mean, Std, new float[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageNormalizer.Normalize(new byte[6], Mean.AsSpan(0, 2), Std, new float[6]));
    }
}
