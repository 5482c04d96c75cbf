using System.IO.Compression;
using GeoTagService.Core.Photos.Containers;
using GeoTagService.Core.Photos.Metadata;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos.Metadata;

/// <summary>Metadata that JPEG XL packs by Brotli, and what strangers may pack there.</summary>
public sealed class JpegXlBoxesTests
{
    private static readonly byte[] Photo = System.IO.File.ReadAllBytes(
        Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "metadata", "photo.jxl")
    );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void PackedBoxes_AreReadAsPlainOnes()
    {
        var photo = File(Packed("Exif", IsoFiles.Find(Photo, "Exif")), Packed("xml ", IsoFiles.Find(Photo, "xml ")));

        Assert.Equal(new PhotoTitle("xmp title", TitleSource.Xmp), PhotoMetadata.ReadTitle(photo, Token));
        Assert.Equal(52.5, PhotoMetadata.ReadPlace(photo, Token)!.Value.Position!.Value.Latitude);
    }

    [Fact]
    public void LargestBox_IsUnpackedAndNoLargerOne()
    {
        var packet = IsoFiles.Find(Photo, "xml ");
        byte[] largest = [.. packet, .. Enumerable.Repeat((byte)' ', JpegXlBoxes.MostUnpacked - packet.Length)];

        Assert.Equal("xmp title", PhotoMetadata.ReadTitle(File(Packed("xml ", largest)), Token)?.Text);
        Assert.Null(PhotoMetadata.ReadTitle(File(Packed("xml ", [.. largest, (byte)' '])), Token));
    }

    [Fact]
    public void BoxThatUnpacksToFarMore_CountsAsNoneAndAllocatesLittle()
    {
        var bomb = File(Packed("xml ", new byte[64 << 20]));
        Assert.InRange(bomb.Length, 0, 100_000);
        _ = PhotoMetadata.ReadTitle(bomb, Token);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var title = PhotoMetadata.ReadTitle(bomb, Token);

        Assert.Null(title);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * JpegXlBoxes.MostUnpacked);
    }

    [Fact]
    public void SecondBoxOfAKind_IsNotUnpacked()
    {
        var packet = Packed("xml ", IsoFiles.Find(Photo, "xml "));

        Assert.Null(PhotoMetadata.ReadTitle(File([.. Packed("xml ", new byte[JpegXlBoxes.MostUnpacked + 1]), .. packet]), Token));
        Assert.Equal("xmp title", PhotoMetadata.ReadTitle(File([.. packet, .. Packed("xml ", [1, 2, 3])]), Token)?.Text);
    }

    [Fact]
    public void DamagedBoxes_CountAsNone()
    {
        var box = Packed("xml ", IsoFiles.Find(Photo, "xml "));
        for (var length = 0; length < box.Length - 9; length += 7)
        {
            Assert.Null(PhotoMetadata.ReadTitle(File(IsoFiles.Box("brob", box.AsSpan(8, length))), Token));
        }

        // Packed twice, and of no kind that holds metadata.
        Assert.Null(PhotoMetadata.ReadTitle(File(Packed("brob", box.AsSpan(8))), Token));
        Assert.Null(PhotoMetadata.ReadTitle(File(Packed("jxlc", box.AsSpan(8))), Token));
    }

    private static byte[] File(params byte[][] boxes) =>
        [
            .. Photo.AsSpan(0, IsoFiles.Start(Photo, "Exif")),
            .. boxes.SelectMany(box => box),
            .. IsoFiles.Box("jxlc", IsoFiles.Find(Photo, "jxlc")),
        ];

    private static byte[] Packed(string type, ReadOnlySpan<byte> body)
    {
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(body.Length)];
        Assert.True(BrotliEncoder.TryCompress(body, packed, out var length, quality: 9, window: 22));
        return IsoFiles.Box("brob", [.. System.Text.Encoding.ASCII.GetBytes(type), .. packed.AsSpan(0, length)]);
    }
}
