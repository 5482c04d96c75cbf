using SkiaSharp;

namespace GeoTagService.Bench.Load;

/// <summary>Photos for load: JPEGs of sky and land with grain on every scale, so that a decoder has as much to do
/// as with a photograph of that size. Fixed by the seed.</summary>
public static class SyntheticPhotos
{
    private const int Quality = 85;
    private const int Octaves = 6;

    /// <summary>Makes photos.</summary>
    /// <param name="count">How many, all different.</param>
    /// <param name="width">Pixels, 1 or more.</param>
    /// <param name="height">Pixels, 1 or more.</param>
    /// <param name="seed">The same seed gives the same photos.</param>
    /// <returns>JPEGs.</returns>
    public static byte[][] Create(int count, int width = 640, int height = 480, int seed = 1)
    {
        var photos = new byte[count][];
        Parallel.For(0, count, index => photos[index] = Draw(width, height, (seed * 7919) + index));
        return photos;
    }

    private static byte[] Draw(int width, int height, int seed)
    {
        var random = new Random(seed);
        var grain = Grain(width, height, random);
        var horizon = height * (0.25 + (0.4 * random.NextDouble()));
        var (sky, land) = (Colour(random, 110, 150, 180), Colour(random, 60, 70, 30));
        var pixels = new byte[width * height * 4];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var rough = grain[(y * width) + x];
                var above = y < horizon + (rough * height * 0.12);
                var light = above ? rough * 30 : rough * 110;
                var at = ((y * width) + x) * 4;
                for (var channel = 0; channel < 3; channel++)
                {
                    pixels[at + channel] = (byte)Math.Clamp((above ? sky : land)[channel] + light, 0, 255);
                }

                pixels[at + 3] = 255;
            }
        }

        using var image = SKImage.FromPixelCopy(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque), pixels);
        using var jpeg = image.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return jpeg.ToArray();
    }

    /// <summary>Value noise between about −1 and 1: random grids, each twice as fine as the last and less strong.</summary>
    private static float[] Grain(int width, int height, Random random)
    {
        var sum = new float[width * height];
        var strength = 0.5f;
        for (var octave = 0; octave < Octaves; octave++, strength *= 0.62f)
        {
            var columns = (4 << octave) + 2;
            var rows = (3 << octave) + 2;
            var grid = new float[columns * rows];
            for (var i = 0; i < grid.Length; i++)
            {
                grid[i] = (random.NextSingle() * 2) - 1;
            }

            for (var y = 0; y < height; y++)
            {
                var gridY = (float)y / height * (rows - 2);
                var row = (int)gridY * columns;
                for (var x = 0; x < width; x++)
                {
                    var gridX = (float)x / width * (columns - 2);
                    var cell = row + (int)gridX;
                    var (right, down) = (gridX - (int)gridX, gridY - (int)gridY);
                    var upper = grid[cell] + (right * (grid[cell + 1] - grid[cell]));
                    var lower = grid[cell + columns] + (right * (grid[cell + columns + 1] - grid[cell + columns]));
                    sum[(y * width) + x] += strength * (upper + (down * (lower - upper)));
                }
            }
        }

        return sum;
    }

    private static int[] Colour(Random random, int red, int green, int blue) =>
        [red + random.Next(-30, 30), green + random.Next(-30, 30), blue + random.Next(-30, 30)];
}
