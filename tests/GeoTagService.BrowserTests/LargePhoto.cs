using SkiaSharp;

namespace GeoTagService.BrowserTests;

/// <summary>A drawing made as large, and with as much grain, as what a camera writes.</summary>
internal static class LargePhoto
{
    private const int Grain = 12;
    private const int Quality = 92;

    /// <summary>Enlarges a photo and adds grain; another seed gives another file.</summary>
    public static byte[] Of(byte[] photo, int width, int height, int seed)
    {
        using var small = SKBitmap.Decode(photo);
        using var large = small.Resize(
            new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque),
            new SKSamplingOptions(SKCubicResampler.Mitchell)
        );
        var random = new Random(seed);
        var pixels = large.GetPixelSpan();
        var grained = new byte[pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            grained[i] = (byte)Math.Clamp(pixels[i] + random.Next(-Grain, Grain + 1), 0, byte.MaxValue);
        }

        using var image = SKImage.FromPixelCopy(large.Info, grained);
        using var encoded = image.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return encoded.ToArray();
    }
}
