using CsCheck;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Metadata;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos.Metadata;

public sealed class PhotoMetadataTests
{
    private static readonly byte[] Jpeg = TestImages.Jpeg(64, 48);

    private static readonly byte[][] Formats = [Jpeg, TestImages.Png(64, 48), TestImages.WebP(64, 48)];

    public static TheoryData<string> Cases =>
        [
            "jpeg-stray-byte-truncated.jpg",
            "png-chunk-length-1.9g.png",
            "png-ztxt-40m.png",
            "jpeg-exif-overlap.jpg",
            "prog99-gray-100MP.jpg",
            "gif-transparent.gif",
            "png-1bit.png",
            "cmyk-adobe-1.jpg",
            "prog-cut.jpg",
        ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void PhotoWithoutMetadata_HasNone(string file)
    {
        Assert.Null(Place(CaseFiles.Read(file)));
        Assert.Equal(ExifOrientation.TopLeft, PhotoMetadata.ReadOrientation(CaseFiles.Read(file)));
    }

    [Theory]
    [InlineData("png-exif.png")]
    [InlineData("png-two-exif.png")]
    [InlineData("webp-exif-with-preamble.webp")]
    public void PhotoOfEveryFormat_HasPlaceAndOrientation(string file)
    {
        Assert.Equal(ExifOrientation.RightTop, PhotoMetadata.ReadOrientation(CaseFiles.Read(file)));
        var position = Place(CaseFiles.Read(file))?.Position;
        Assert.NotNull(position);
        Assert.Equal(52.5, position.Value.Latitude, 1e-9);
        Assert.Equal(-58 / 60.0 - 48 / 3600.0, position.Value.Longitude, 1e-9);
    }

    [Theory]
    [InlineData("gps-zero-zero.jpg")]
    [InlineData("gps-all-0-0.jpg")]
    [InlineData("gps-seconds-0-0.jpg")]
    public void PlaceWithoutFix_IsUnusable(string file) => Assert.Equal(ExifPlace.Unusable, Place(CaseFiles.Read(file)));

    [Fact]
    public void AnyPosition_ComesBack() =>
        Gen.Select(Gen.Double[-90, 90], Gen.Double[0.01, 180], Gen.Bool, Gen.Int[0, 2])
            .Sample(
                (latitude, east, isWest, format) =>
                {
                    var longitude = isWest ? -east : east;
                    var exif = ExifBlock.Create(orientation: null, position: (latitude, longitude));
                    var position = Place(MetadataFiles.WithExif(Formats[format], exif))?.Position;
                    Assert.NotNull(position);
                    Assert.Equal(latitude, position.Value.Latitude, 1e-7);
                    Assert.Equal(longitude, position.Value.Longitude, 1e-7);
                },
                iter: 300
            );

    [Theory]
    [InlineData("N", new uint[] { 0, 0, 0, 0, 0, 0 }, "E", new uint[] { 0, 0, 0, 0, 0, 0 })]
    [InlineData("N", new uint[] { 51, 1, 30, 0, 0, 1 }, "W", new uint[] { 0, 1, 7, 1, 0, 1 })]
    [InlineData("N", new uint[] { 91, 1, 0, 1, 0, 1 }, "E", new uint[] { 0, 1, 7, 1, 0, 1 })]
    [InlineData("N", new uint[] { 51, 1, 0, 1, 0, 1 }, "E", new uint[] { 181, 1, 0, 1, 0, 1 })]
    [InlineData("N", new uint[] { 51, 1, 75, 1, 0, 1 }, "E", new uint[] { 0, 1, 7, 1, 0, 1 })]
    [InlineData("N", new uint[] { 0, 1, 0, 1, 0, 1 }, "E", new uint[] { 0, 1, 0, 1, 0, 1 })]
    [InlineData("?", new uint[] { 51, 1, 0, 1, 0, 1 }, "E", new uint[] { 0, 1, 7, 1, 0, 1 })]
    [InlineData("N", new uint[] { 51, 1, 0, 1, 0, 1 }, "\0", new uint[] { 0, 1, 7, 1, 0, 1 })]
    [InlineData("E", new uint[] { 51, 1, 0, 1, 0, 1 }, "N", new uint[] { 0, 1, 7, 1, 0, 1 })]
    [InlineData("N", new uint[] { uint.MaxValue, 1, 0, 1, 0, 1 }, "E", new uint[] { 0, 1, 7, 1, 0, 1 })]
    [InlineData("N", new uint[] { 51, 1, 0, 1, 0, 1, 0, 1 }, "E", new uint[] { 0, 1, 7, 1, 0, 1 })]
    [InlineData("N", new uint[] { }, "E", new uint[] { 0, 1, 7, 1, 0, 1 })]
    public void PositionWithoutSense_IsUnusable(string latitudeRef, uint[] latitude, string longitudeRef, uint[] longitude)
    {
        var exif = ExifBlock.Create(null, (latitudeRef, latitude, longitudeRef, longitude));
        Assert.All(Formats, photo => Assert.Equal(ExifPlace.Unusable, Place(MetadataFiles.WithExif(photo, exif))));
    }

    [Theory]
    [InlineData("N", new uint[] { 51, 1, 30, 1, 0, 1 }, "W", new uint[] { 0, 1, 7, 1, 30, 1 }, 51.5, -0.125)]
    [InlineData(" n", new uint[] { 515, 10 }, "w", new uint[] { 125, 1000 }, 51.5, -0.125)]
    [InlineData("S", new uint[] { 51, 1, 3000, 100 }, "E", new uint[] { 0, 1, 75, 10 }, -51.5, 0.125)]
    [InlineData("N", new uint[] { 51, 1, 59, 1, 60, 1 }, "E", new uint[] { 180, 1, 0, 1, 0, 1 }, 52.0, 180.0)]
    public void PositionInOtherNotations_IsRead(
        string latitudeRef,
        uint[] latitude,
        string longitudeRef,
        uint[] longitude,
        double north,
        double east
    )
    {
        var exif = ExifBlock.Create(null, (latitudeRef, latitude, longitudeRef, longitude));
        var position = Place(MetadataFiles.WithExif(Jpeg, exif))?.Position;
        Assert.NotNull(position);
        Assert.Equal(north, position.Value.Latitude, 1e-9);
        Assert.Equal(east, position.Value.Longitude, 1e-9);
    }

    [Fact]
    public void PositionBehindOtherSegments_ComesBack()
    {
        var adobe = MetadataFiles.Segment(0xE1, "http:"u8);
        var withoutPosition = ExifBlock.Create(orientation: 6, position: null);
        var withPosition = ExifBlock.Create(orientation: null, position: (54.5, -3.25));
        byte[] photo = [.. Jpeg.AsSpan(0, 2), .. adobe, 0xFF, .. withoutPosition, 0x00, 0x17, .. withPosition, .. Jpeg.AsSpan(2)];

        Assert.Equal(54.5, Place(photo)!.Value.Position!.Value.Latitude, 1e-7);
        Assert.Equal(ExifOrientation.RightTop, PhotoMetadata.ReadOrientation(photo));
    }

    [Fact]
    public void TwoPlaces_TheFirstCounts()
    {
        var zeros = ExifBlock.Create(null, ("N", [0, 1, 0, 1, 0, 1], "E", [0, 1, 0, 1, 0, 1]));
        var place = ExifBlock.Create(orientation: 3, position: (54.5, -3.25));
        Assert.All(
            Formats,
            photo =>
            {
                // What is inserted last comes first, but in WebP.
                var (early, late) = photo[0] == (byte)'R' ? (place, zeros) : (zeros, place);
                var file = MetadataFiles.WithExif(MetadataFiles.WithExif(photo, early), late);
                Assert.Equal(54.5, Place(file)!.Value.Position!.Value.Latitude, 1e-7);

                file = MetadataFiles.WithExif(MetadataFiles.WithExif(photo, late), early);
                Assert.Equal(ExifPlace.Unusable, Place(file));
                Assert.Equal(ExifOrientation.BottomRight, PhotoMetadata.ReadOrientation(file));
            }
        );
    }

    [Fact]
    public void BlockBehindTheFirstScan_IsPixelData()
    {
        byte[] scan = [0xFF, 0xDA, 0, 2];
        byte[] photo = [.. Jpeg.AsSpan(0, 2), .. scan, .. ExifBlock.Create(orientation: null, position: (54.5, -3.25)), .. Jpeg.AsSpan(2)];
        Assert.Null(Place(photo));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Orientation_IsReadFromEveryFormat(int orientation) =>
        Assert.All(
            Formats,
            photo =>
                Assert.Equal(
                    (ExifOrientation)orientation,
                    PhotoMetadata.ReadOrientation(MetadataFiles.WithExif(photo, ExifBlock.Create(orientation, position: null)))
                )
        );

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(0x0600)]
    [InlineData(0xFFFF)]
    public void OrientationThatIsNone_IsUpright(int orientation) =>
        Assert.All(
            Formats,
            photo =>
                Assert.Equal(
                    ExifOrientation.TopLeft,
                    PhotoMetadata.ReadOrientation(MetadataFiles.WithExif(photo, ExifBlock.Create(orientation, position: null)))
                )
        );

    [Fact]
    public void CancelledReading_Ends()
    {
        var photo = MetadataFiles.WithExif(Jpeg, ExifBlock.Create(orientation: null, position: (54.5, -3.25)));
        Assert.Throws<OperationCanceledException>(() => PhotoMetadata.ReadPlace(photo, new CancellationToken(canceled: true)));
    }

    private static ExifPlace? Place(byte[] photo) => PhotoMetadata.ReadPlace(photo, CancellationToken.None);
}
