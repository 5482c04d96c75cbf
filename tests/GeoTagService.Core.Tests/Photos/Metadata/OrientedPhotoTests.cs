using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos.Metadata;

/// <summary>The pixels of every format are turned as its metadata says.</summary>
public sealed class OrientedPhotoTests
{
    private static readonly InProcessImageDecoder Decoder = new();

    public static TheoryData<string, int> Photos
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var format in new[] { "jpeg", "png", "webp" })
            {
                for (var orientation = 1; orientation <= 8; orientation++)
                {
                    data.Add(format, orientation);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Photos))]
    public void PhotoOfEveryFormat_IsTurned(string format, int orientation)
    {
        var photo = format switch
        {
            "jpeg" => TestImages.Jpeg(40, 24),
            "png" => TestImages.Png(40, 24),
            _ => TestImages.WebP(40, 24),
        };
        Check(MetadataFiles.WithExif(photo, ExifBlock.Create(orientation, position: null)), orientation);
    }

    [Theory]
    [InlineData("png-exif.png")]
    [InlineData("png-two-exif.png")]
    [InlineData("webp-exif-with-preamble.webp")]
    public void CaseFile_IsTurned(string file) => Check(CaseFiles.Read(file), 6);

    private static void Check(byte[] photo, int orientation)
    {
        using var stored = Decoder.Decode(photo, new ImageDecodeRequest(1_000_000, ApplyOrientation: false)).Value!;
        using var upright = Decoder.Decode(photo, new ImageDecodeRequest(1_000_000, ApplyOrientation: true)).Value!;

        var turns = orientation >= 5;
        Assert.Equal(turns ? (stored.Height, stored.Width) : (stored.Width, stored.Height), (upright.Width, upright.Height));
        for (var y = 0; y < stored.Height; y++)
        {
            for (var x = 0; x < stored.Width; x++)
            {
                var (right, down) = (stored.Width - 1 - x, stored.Height - 1 - y);
                var (column, row) = orientation switch
                {
                    1 => (x, y),
                    2 => (right, y),
                    3 => (right, down),
                    4 => (x, down),
                    5 => (y, x),
                    6 => (down, x),
                    7 => (down, right),
                    _ => (y, right),
                };
                Assert.Equal(Pixel(stored, x, y), Pixel(upright, column, row));
            }
        }
    }

    private static (byte Red, byte Green, byte Blue) Pixel(DecodedImage image, int column, int row)
    {
        var pixel = image.Pixels[((row * image.Stride) + (column * 4))..];
        return (pixel[0], pixel[1], pixel[2]);
    }
}
