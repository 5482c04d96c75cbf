using CsCheck;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Core.Photos.Jpeg;
using GeoTagService.Testing;
using NetVips;

namespace GeoTagService.Core.Tests.Photos.Jpeg;

/// <summary>
/// Our JPEG decoder beside libvips: the same pixels, each of them, of whatever files both read; and which damaged files each refuses.
/// </summary>
public sealed class IndependentWitnessTests
{
    private const int Gray = 1;
    private const int Colour = 3;
    private const int Inks = 4;

    private static readonly ImageDecodeRequest Request = new(MaxPixels: 10_000_000, ApplyOrientation: false);
    private static readonly InProcessImageDecoder Decoder = new();

    public static TheoryData<string> StoredFiles =>
        [
            .. Directory
                .GetFiles(Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "formats"), "baseline-*.jpg")
                .Concat(Directory.GetFiles(Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "cases"), "cmyk-*.jpg"))
                .Select(file => Path.GetRelativePath(ReferenceData.RepositoryRoot, file)),
        ];

    [Fact]
    public void AnyDrawnPhoto_HasThePixelsOfTheWitness()
    {
        VipsWitness.Require();
        Gen.Select(
                Gen.Int[1, 260],
                Gen.Int[1, 200],
                Gen.Int[1, 100],
                Gen.OneOf(Gen.Const(Gray), Gen.Const(Colour), Gen.Const(Colour), Gen.Const(Inks)),
                Gen.Bool,
                Gen.OneOf(Gen.Const(0), Gen.Int[1, 40]),
                Gen.Bool,
                Gen.Int
            )
            .Sample(
                (width, height, quality, bands, isSubsampled, restartInterval, hasOwnTables, seed) =>
                {
                    var file = VipsWitness.Encode(
                        Drawing(width, height, bands, seed),
                        width,
                        height,
                        bands,
                        quality,
                        isSubsampled,
                        restartInterval,
                        hasOwnTables
                    );

                    // What is narrower than two samples of colour is left to the codec library.
                    Assert.True(IsRead(file) || (isSubsampled && width < 6));
                    Expect(file);
                },
                iter: 200
            );
    }

    [Theory]
    [InlineData(4000, 30)]
    [InlineData(33, 2600)]
    [InlineData(1633, 1225)]
    public void LargePhoto_HasThePixelsOfTheWitness(int width, int height)
    {
        VipsWitness.Require();
        var drawing = Drawing(width, height, Colour, seed: width);
        foreach (var restartInterval in new[] { 0, 7 })
        {
            var file = VipsWitness.Encode(drawing, width, height, Colour, 88, isSubsampled: true, restartInterval, hasOwnTables: false);
            Assert.True(IsRead(file));
            Expect(file);
        }
    }

    /// <summary>Made by other encoders; among them inks that were turned to luma and colour differences.</summary>
    [Theory]
    [MemberData(nameof(StoredFiles))]
    public void StoredFile_HasThePixelsOfTheWitness(string name)
    {
        VipsWitness.Require();
        var file = File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, name));
        Assert.True(IsRead(file));
        Expect(file);
    }

    /// <summary>
    /// A photo that ends early is refused by both. What
    /// we read and libvips reads without a warning has the same pixels. Left out are tables of quantisation that were changed: products
    /// of more than 16 bits
    /// come out differently with each processor's code of libjpeg.
    /// </summary>
    [Theory]
    [InlineData(Gray, false, 0)]
    [InlineData(Colour, true, 0)]
    [InlineData(Colour, false, 3)]
    [InlineData(Inks, false, 0)]
    public void DamagedPhoto_IsRefusedByBothOrReadAlike(int bands, bool isSubsampled, int restartInterval)
    {
        VipsWitness.Require();
        var (width, height) = (38, 22);
        var whole = VipsWitness.Encode(Drawing(width, height, bands, 3), width, height, bands, 70, isSubsampled, restartInterval, false);
        var data = BaselineFrameReader.TryRead(whole, new HuffmanTableCache())!.DataOffset;
        var cuts = Enumerable.Range(0, 16).Select(part => data + ((whole.Length - 4 - data) * part / 16));
        foreach (var length in cuts)
        {
            Assert.Null(VipsWitness.Decode(whole[..length], Enums.FailOn.Truncated));
            Assert.Equal(TaggingErrorCode.InvalidImage, Decoder.Decode(whole.AsMemory(0, length), Request).Error?.Code);

            // An end marker in the wrong place: libvips takes that for a photo whose rest is gray.
            byte[] ended = [.. whole[..length], 0xFF, 0xD9];
            Assert.Equal(TaggingErrorCode.InvalidImage, Decoder.Decode(ended, Request).Error?.Code);
        }

        var tables = whole.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        foreach (var damaged in DamagedPhotos.Of(whole).Where(photo => !photo.IsCut && IsRead(photo.Bytes)))
        {
            using var image = Decoder.Decode(damaged.Bytes, Request).Value;
            if (image is null || whole.AsSpan(0, tables).CommonPrefixLength(damaged.Bytes) < tables)
            {
                continue;
            }

            if (VipsWitness.Decode(damaged.Bytes, Enums.FailOn.Warning) is { } witnessed)
            {
                Assert.True(image.Pixels.SequenceEqual(witnessed), damaged.Name);
            }
        }
    }

    private static bool IsRead(byte[] file)
    {
        var opened = Decoder.OpenManaged(file, Request);
        using var rows = opened?.Value;
        return rows is BaselineJpegRows;
    }

    private static void Expect(byte[] file)
    {
        using var image = Decoder.Decode(file, Request).Value;
        Assert.NotNull(image);
        Assert.Equal(VipsWitness.Decode(file, Enums.FailOn.Error), image.Pixels.ToArray());
    }

    // Slopes, edges and noise of any strength.
    private static byte[] Drawing(int width, int height, int bands, int seed)
    {
        var random = new Random(seed);
        var (noise, edge) = (random.Next(1, 120), random.Next(1, width + height));
        var samples = new byte[width * height * bands];
        for (var i = 0; i < samples.Length; i++)
        {
            var (x, y, band) = (i / bands % width, i / bands / width, i % bands);
            var slope = (x * (3 + band)) + (y * (5 - band)) + (x + y > edge ? 90 : 0);
            samples[i] = (byte)(slope + random.Next(noise));
        }

        return samples;
    }
}
