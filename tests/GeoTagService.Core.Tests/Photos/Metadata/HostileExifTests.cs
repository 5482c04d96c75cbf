using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Metadata;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos.Metadata;

/// <summary>EXIF blocks that point where they should not.</summary>
public sealed class HostileExifTests
{
    private const ushort Orientation = 0x0112;
    private const ushort Gps = 0x8825;
    private const ushort Rational = 5;
    private const int MostAllocated = 1024;
    private static readonly uint[] Latitude = [54, 1, 30, 1, 0, 1];
    private static readonly uint[] Longitude = [3, 1, 15, 1, 0, 1];

    public static TheoryData<bool, uint> Offsets
    {
        get
        {
            var data = new TheoryData<bool, uint>();
            foreach (var isBigEndian in new[] { false, true })
            {
                // Header, root directory, behind the block, and where adding a length overflows.
                foreach (
                    var offset in new uint[]
                    {
                        0,
                        1,
                        7,
                        8,
                        10,
                        20,
                        5_000,
                        int.MaxValue - 8,
                        int.MaxValue,
                        0x8000_0000,
                        uint.MaxValue - 23,
                        uint.MaxValue,
                    }
                )
                {
                    data.Add(isBigEndian, offset);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void DirectoryElsewhere_IsUnusable(bool isBigEndian, uint offset) =>
        Check(new TiffBuilder(isBigEndian).Number(Orientation, 6).Pointing(Gps, 4, 1, offset), ExifPlace.Unusable);

    [Theory]
    [MemberData(nameof(Offsets))]
    public void CoordinateElsewhere_IsUnusable(bool isBigEndian, uint offset) =>
        Check(
            new TiffBuilder(isBigEndian)
                .Number(Orientation, 6)
                .Directory(
                    Gps,
                    new TiffBuilder(isBigEndian).Ascii(1, "N").Rationals(2, Latitude).Ascii(3, "W").Pointing(4, Rational, 3, offset)
                ),
            ExifPlace.Unusable
        );

    [Theory]
    [MemberData(nameof(Offsets))]
    public void HemisphereElsewhere_IsUnusable(bool isBigEndian, uint offset) =>
        Check(
            new TiffBuilder(isBigEndian)
                .Number(Orientation, 6)
                .Directory(
                    Gps,
                    new TiffBuilder(isBigEndian).Ascii(1, "N").Rationals(2, Latitude).Pointing(3, 2, 5, offset).Rationals(4, Longitude)
                ),
            ExifPlace.Unusable
        );

    [Theory]
    [InlineData(0u)]
    [InlineData(4u)]
    [InlineData(0x1000_0000u)]
    [InlineData(0x2000_0001u)]
    [InlineData(0x8000_0001u)]
    [InlineData(uint.MaxValue)]
    public void CountThatIsNone_IsUnusable(uint count) =>
        Check(
            new TiffBuilder(false)
                .Number(Orientation, 6)
                .Directory(Gps, new TiffBuilder(false).Ascii(1, "N").Rationals(2, Latitude).Ascii(3, "W").Pointing(4, Rational, count, 8)),
            ExifPlace.Unusable
        );

    [Fact]
    public void CoordinatesOnTopOfEachOther_AreUnusable()
    {
        var block = new TiffBuilder(true)
            .Number(Orientation, 6)
            .Directory(Gps, new TiffBuilder(true).Ascii(1, "N").Rationals(2, Latitude).Ascii(3, "W").Rationals(4, Longitude))
            .ToArray();
        Assert.Equal(new GeoPosition(54.5, -3.25), Read(block)!.Value.Position);

        // The longitude's entry is given the latitude's offset.
        var latitude = block.AsSpan().IndexOf<byte>([0, 2, 0, 5, 0, 0, 0, 3]) + 8;
        var longitude = block.AsSpan().IndexOf<byte>([0, 4, 0, 5, 0, 0, 0, 3]) + 8;
        block.AsSpan(latitude, 4).CopyTo(block.AsSpan(longitude));
        Assert.Equal(ExifPlace.Unusable, Read(block));
    }

    [Fact]
    public void EntriesBehindTheBlock_AreNotThere()
    {
        var whole = new TiffBuilder(false)
            .Directory(Gps, new TiffBuilder(false).Ascii(1, "N").Rationals(2, Latitude).Ascii(3, "W").Rationals(4, Longitude))
            .Number(Orientation, 6)
            .ToArray();
        for (var length = 0; length < whole.Length; length++)
        {
            var place = Read(whole[..length]);
            Assert.True(place is null or { Position: null }, $"cut at {length}");
        }

        Assert.NotNull(Read(whole)!.Value.Position);
    }

    [Fact]
    public void ManyEntriesOnTheSameBytes_CostNothing()
    {
        var tiff = new TiffBuilder(false);
        for (var i = 0; i < 3_500; i++)
        {
            tiff.Pointing((ushort)(0x9A00 + i), 1, 40_000, 8);
        }

        // Behind all of them, and out of order.
        Check(tiff.Number(Orientation, 6), null);
        Check(new TiffBuilder(false).Raw(Gps, 1, 60_000, new byte[60_000]).Number(Orientation, 6), ExifPlace.Unusable);
    }

    [Fact]
    public void PositionThatIsNotThere_IsNone()
    {
        Check(new TiffBuilder(false).Number(Orientation, 6), null);
        Check(new TiffBuilder(false).Number(Orientation, 6).Directory(Gps, new TiffBuilder(false)), null);
        Check(new TiffBuilder(false).Number(Orientation, 6).Directory(Gps, new TiffBuilder(false).Raw(0, 1, 4, [2, 3, 0, 0])), null);
    }

    [Fact]
    public void HalfAPosition_IsUnusable()
    {
        Check(
            new TiffBuilder(false).Number(Orientation, 6).Directory(Gps, new TiffBuilder(false).Ascii(1, "N").Rationals(2, Latitude)),
            ExifPlace.Unusable
        );
        Check(
            new TiffBuilder(false)
                .Number(Orientation, 6)
                .Directory(Gps, new TiffBuilder(false).Rationals(2, Latitude).Rationals(4, Longitude)),
            ExifPlace.Unusable
        );
    }

    [Theory]
    [InlineData("II\0*")]
    [InlineData("MM*\0")]
    [InlineData("IM*\0")]
    [InlineData("\0\0*\0")]
    public void BlockOfAnotherKind_IsNone(string beginning)
    {
        var block = new TiffBuilder(false)
            .Number(Orientation, 6)
            .Directory(Gps, new TiffBuilder(false).Ascii(1, "N").Rationals(2, Latitude).Ascii(3, "W").Rationals(4, Longitude))
            .ToArray();
        System.Text.Encoding.Latin1.GetBytes(beginning).CopyTo(block, 0);
        Assert.Null(Read(block));
        Assert.Equal(ExifOrientation.TopLeft, PhotoMetadata.ReadOrientation(Photo(block)));
    }

    [Fact]
    public void FileOfCountlessBlocks_IsLeftWithoutThem()
    {
        byte[] block = [.. "Exif\0\0"u8, .. new TiffBuilder(false).ToArray()];
        byte[] many = [.. Enumerable.Repeat(MetadataFiles.Segment(0xE1, block), 2_000).SelectMany(segment => segment)];
        var photo = MetadataFiles.JpegWith(TestImages.WithExif(TestImages.Jpeg(16, 16), orientation: 6), many);
        Assert.Equal(ExifOrientation.TopLeft, PhotoMetadata.ReadOrientation(photo));
    }

    // The orientation is found whatever else is wrong.
    private static void Check(TiffBuilder tiff, ExifPlace? expected)
    {
        var block = tiff.ToArray();
        var photo = Photo(block);
        PhotoMetadata.ReadPlace(photo, CancellationToken.None);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var place = PhotoMetadata.ReadPlace(photo, CancellationToken.None);
        var orientation = PhotoMetadata.ReadOrientation(photo);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        Assert.Equal(expected, place);
        Assert.Equal(ExifOrientation.RightTop, orientation);
    }

    private static ExifPlace? Read(byte[] block) => PhotoMetadata.ReadPlace(Photo(block), CancellationToken.None);

    private static byte[] Photo(byte[] block) => MetadataFiles.PngWith(TestImages.Png(16, 16), "eXIf", block);
}
