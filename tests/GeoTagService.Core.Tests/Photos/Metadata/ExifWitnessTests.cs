using CsCheck;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Metadata;
using GeoTagService.Testing;
using MetadataExtractor;
using MetadataExtractor.Formats.Exif;
using GpsDirectory = MetadataExtractor.Formats.Exif.GpsDirectory;

namespace GeoTagService.Core.Tests.Photos.Metadata;

/// <summary>Our reader beside a general library: equal on what is sound, and calm on what is not.</summary>
public sealed class ExifWitnessTests
{
    private const int MostAllocated = 1024;

    private static readonly byte[][] Formats = [TestImages.Jpeg(24, 16), TestImages.Png(24, 16), TestImages.WebP(24, 16)];

    private static readonly Gen<uint[]> GenDegrees = Gen.OneOf(
        Gen.Select(Gen.UInt[0, 89], Gen.UInt[0, 59], Gen.UInt[0, 599_999], (d, m, s) => new uint[] { d, 1, m, 1, s, 10_000 }),
        Gen.Select(Gen.UInt[0, 89], Gen.UInt[0, 599_999], (d, m) => new uint[] { d, 1, m, 10_000, 0, 1 }),
        Gen.UInt[0, 8_999_999].Select(d => new uint[] { d, 100_000, 0, 1, 0, 1 })
    );

    private static readonly Gen<byte> GenByte = Gen.OneOf(
        Gen.Byte,
        Gen.Int[0, 6].Select(i => new byte[] { 0, 1, 0x7F, 0x80, 0xD8, 0xDA, 0xFF }[i])
    );

    // Tags of the root directory that mean nothing here, of every length.
    private static readonly Gen<(ushort Tag, string Text)[]> GenOthers = Gen.Select(
        Gen.UShort[0x010D, 0x0111],
        Gen.String[Gen.Char['a', 'z'], 0, 40]
    ).Array[0, 5];

    private static readonly Gen<(int Format, byte[] Tiff)> GenPhoto = Gen.Select(
        Gen.Bool,
        Gen.Int[0, 2],
        GenOthers,
        Gen.UShort[0, 9],
        Gen.Select(GenDegrees, GenDegrees, Gen.Bool, Gen.Bool),
        Gen.Int[0, 3],
        (isBigEndian, format, others, orientation, place, parts) =>
        {
            var tiff = new TiffBuilder(isBigEndian);
            foreach (var (tag, text) in others)
            {
                tiff.Ascii(tag, text);
            }

            if (parts != 1)
            {
                tiff.Number(0x0112, orientation);
            }

            if (parts != 2)
            {
                var (latitude, longitude, isSouth, isWest) = place;
                tiff.Directory(
                    0x8825,
                    new TiffBuilder(isBigEndian)
                        .Raw(0, 1, 4, [2, 3, 0, 0])
                        .Ascii(1, isSouth ? "S" : "N")
                        .Rationals(2, latitude)
                        .Ascii(3, isWest ? "W" : "E")
                        .Rationals(4, longitude)
                );
            }

            return (format, tiff.ToArray());
        }
    );

    [Fact]
    public void SoundBlocks_AreReadAsTheWitnessReadsThem() =>
        GenPhoto.Sample(
            (format, tiff) =>
            {
                var photo = Photo(format, tiff);
                using var stream = new MemoryStream(photo);
                var directories = ImageMetadataReader.ReadMetadata(stream);

                var orientation = directories
                    .OfType<ExifIfd0Directory>()
                    .Select(directory => directory.TryGetInt32(ExifDirectoryBase.TagOrientation, out var value) ? value : 1)
                    .FirstOrDefault(1);
                Assert.Equal(orientation is >= 1 and <= 8 ? orientation : 1, (int)PhotoMetadata.ReadOrientation(photo));

                var expected = directories.OfType<GpsDirectory>().FirstOrDefault()?.GetGeoLocation();
                var place = PhotoMetadata.ReadPlace(photo, CancellationToken.None);
                Assert.Equal(expected is null || expected.IsZero, place?.Position is null);
                if (place is { Position: { } position })
                {
                    Assert.Equal(expected!.Latitude, position.Latitude, 1e-9);
                    Assert.Equal(expected.Longitude, position.Longitude, 1e-9);
                }
            },
            iter: 2_000
        );

    [Fact]
    public void DamagedBlocks_NeverThrowAndNeverAllocate() =>
        Gen.Select(GenPhoto, Gen.Select(Gen.Int[0, 10_000], GenByte).Array[1, 10], Gen.Double[0, 2])
            .Sample(
                (photo, changes, length) =>
                {
                    var tiff = photo.Tiff.ToArray();
                    foreach (var (at, value) in changes)
                    {
                        tiff[at % tiff.Length] = value;
                    }

                    AssertCalm(Photo(photo.Format, tiff[..(int)(tiff.Length * Math.Min(length, 1.0))]));
                },
                iter: 20_000
            );

    [Fact]
    public void DamagedFiles_NeverThrowAndNeverAllocate() =>
        Gen.Select(GenPhoto, Gen.Select(Gen.Int[0, 10_000], GenByte).Array[1, 10], Gen.Double[0, 2])
            .Sample(
                (photo, changes, length) =>
                {
                    var file = Photo(photo.Format, photo.Tiff);
                    foreach (var (at, value) in changes)
                    {
                        file[at % file.Length] = value;
                    }

                    AssertCalm(file[..(int)(file.Length * Math.Min(length, 1.0))]);
                },
                iter: 20_000
            );

    private static void AssertCalm(byte[] photo)
    {
        var (place, orientation, allocated) = Read();
        if (allocated > MostAllocated)
        {
            // The runtime's own preparations happen once; what a file costs, it costs each time.
            (place, orientation, allocated) = Read();
        }

        Assert.InRange(allocated, 0, MostAllocated);
        Assert.InRange(orientation, ExifOrientation.TopLeft, ExifOrientation.LeftBottom);
        Assert.True(place?.Position is null or { Latitude: >= -90 and <= 90, Longitude: >= -180 and <= 180 });

        (ExifPlace? Place, ExifOrientation Orientation, long Allocated) Read()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var found = PhotoMetadata.ReadPlace(photo, CancellationToken.None);
            var turned = PhotoMetadata.ReadOrientation(photo);
            return (found, turned, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static byte[] Photo(int format, byte[] tiff) =>
        MetadataFiles.WithExif(Formats[format], MetadataFiles.Segment(0xE1, [.. "Exif\0\0"u8, .. tiff]));
}
