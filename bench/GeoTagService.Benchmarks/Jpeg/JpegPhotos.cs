using GeoTagService.Bench.Load;
using SkiaSharp;

namespace GeoTagService.Benchmarks.Jpeg;

/// <summary>Photos of one size and kind.</summary>
/// <param name="Name">In the report.</param>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="IsNoisy">Whether each pixel has noise of its own, as a sensor's have: about two bits a pixel instead of half a one or
/// less.</param>
/// <param name="Distinct">How many photos.</param>
internal sealed record JpegPhotos(string Name, int Width, int Height, bool IsNoisy, int Distinct)
{
    private const int Quality = 90;
    private const int Noise = 12;

    /// <summary>What is measured.</summary>
    public static IReadOnlyList<JpegPhotos> All { get; } =
    [
        new("640 x 480", 640, 480, IsNoisy: false, 8),
        new("640 x 480, noise", 640, 480, IsNoisy: true, 8),
        new("2 MP", 1632, 1224, IsNoisy: false, 3),
        new("2 MP, noise", 1632, 1224, IsNoisy: true, 3),
        new("12 MP", 4000, 3000, IsNoisy: false, 1),
        new("12 MP, noise", 4000, 3000, IsNoisy: true, 1),
    ];

    /// <summary>Baseline JPEGs, 4:2:0.</summary>
    public byte[][] Create()
    {
        var photos = SyntheticPhotos.Create(Distinct, Width, Height);
        return IsNoisy ? [.. photos.Select(WithNoise)] : photos;
    }

    private static byte[] WithNoise(byte[] photo, int seed)
    {
        var random = new Random(seed);
        using var bitmap = SKBitmap.Decode(photo);
        foreach (ref var value in bitmap.GetPixelSpan())
        {
            value = (byte)Math.Clamp(value + random.Next(-Noise, Noise + 1), 0, 255);
        }

        using var pixels = bitmap.PeekPixels();
        using var jpeg = pixels.Encode(
            new SKJpegEncoderOptions(Quality, SKJpegEncoderDownsample.Downsample420, SKJpegEncoderAlphaOption.Ignore)
        )!;
        return jpeg.ToArray();
    }
}
