using CsCheck;
using GeoTagService.Core.Photos;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos;

public sealed class PhotoMetadataTests
{
    private static readonly byte[] Jpeg = TestImages.Jpeg(64, 48);

    [Fact]
    public void NoExif_IsNull() => Assert.Null(PhotoMetadata.ReadPosition(Jpeg));

    [Fact]
    public void AnyPosition_ComesBack() =>
        Gen.Select(Gen.Double[-90, 90], Gen.Double[0.01, 180], Gen.Bool).Sample((latitude, east, isWest) =>
        {
            var longitude = isWest ? -east : east;
            var position = PhotoMetadata.ReadPosition(TestImages.WithExif(Jpeg, position: (latitude, longitude)));
            Assert.NotNull(position);
            Assert.Equal(latitude, position.Value.Latitude, 1e-7);
            Assert.Equal(longitude, position.Value.Longitude, 1e-7);
        }, iter: 200);

    [Theory]
    [InlineData("N", new uint[] { 0, 0, 0, 0, 0, 0 }, "E", new uint[] { 0, 0, 0, 0, 0, 0 })]
    [InlineData("N", new uint[] { 51, 1, 30, 0, 0, 1 }, "W", new uint[] { 0, 1, 7, 1, 0, 1 })]
    [InlineData("N", new uint[] { 91, 1, 0, 1, 0, 1 }, "E", new uint[] { 0, 1, 7, 1, 0, 1 })]
    [InlineData("N", new uint[] { 51, 1, 0, 1, 0, 1 }, "E", new uint[] { 181, 1, 0, 1, 0, 1 })]
    [InlineData("N", new uint[] { 51, 1, 75, 1, 0, 1 }, "E", new uint[] { 0, 1, 7, 1, 0, 1 })]
    [InlineData("N", new uint[] { 0, 1, 0, 1, 0, 1 }, "E", new uint[] { 0, 1, 0, 1, 0, 1 })]
    [InlineData("?", new uint[] { 51, 1, 0, 1, 0, 1 }, "E", new uint[] { 0, 1, 7, 1, 0, 1 })]
    [InlineData("N", new uint[] { 51, 1, 0, 1, 0, 1 }, "\0", new uint[] { 0, 1, 7, 1, 0, 1 })]
    public void PositionWithoutSense_IsNull(string latitudeRef, uint[] latitude, string longitudeRef, uint[] longitude)
    {
        var exif = ExifBlock.Create(null, (latitudeRef, latitude, longitudeRef, longitude));
        byte[] photo = [.. Jpeg.AsSpan(0, 2), .. exif, .. Jpeg.AsSpan(2)];
        Assert.Null(PhotoMetadata.ReadPosition(photo));
    }

    [Fact]
    public void PositionBehindOtherSegments_ComesBack()
    {
        byte[] adobe = [0xFF, 0xE1, 0, 2 + 5, .. "http:"u8];
        byte[] withoutPosition = ExifBlock.Create(orientation: 6, position: null);
        byte[] withPosition = ExifBlock.Create(orientation: null, position: (54.5, -3.25));
        byte[] photo = [.. Jpeg.AsSpan(0, 2), .. adobe, 0xFF, .. withoutPosition, .. withPosition, .. Jpeg.AsSpan(2)];

        var position = PhotoMetadata.ReadPosition(photo);

        Assert.NotNull(position);
        Assert.Equal(54.5, position.Value.Latitude, 1e-7);
    }

    [Fact]
    public void BlockBehindTheFirstScan_IsPixelData()
    {
        byte[] scan = [0xFF, 0xDA, 0, 2];
        byte[] photo = [.. Jpeg.AsSpan(0, 2), .. scan, .. ExifBlock.Create(orientation: null, position: (54.5, -3.25)), .. Jpeg.AsSpan(2)];
        Assert.Null(PhotoMetadata.ReadPosition(photo));
    }

    [Fact]
    public void DamagedExif_NeverThrows()
    {
        var photo = TestImages.WithExif(Jpeg, orientation: 6, position: (54.5, -3.1));
        Gen.Select(Gen.Int[0, 250], Gen.Byte, Gen.Int[0, photo.Length]).Array[1, 8].Sample(changes =>
        {
            var damaged = photo.ToArray();
            foreach (var (at, value, _) in changes)
            {
                damaged[at] = value;
            }

            var position = PhotoMetadata.ReadPosition(damaged.AsMemory(0, changes[0].Item3));
            Assert.True(position is null or { Latitude: >= -90 and <= 90, Longitude: >= -180 and <= 180 });
        }, iter: 2000);
    }
}
