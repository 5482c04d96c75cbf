using System.Text;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos;

/// <summary>A file that is not read is named, with what to send instead.</summary>
public sealed class FileKindTests
{
    public static TheoryData<string, string> Files =>
        new()
        {
            { Hex("00000018") + "ftypheic", "HEIC" },
            { Hex("00000018") + "ftyphevx", "HEIC" },
            { Hex("00000018") + "ftypmif1", "HEIF" },
            { Hex("0000001C") + "ftypavif", "AVIF" },
            { Hex("00000018") + "ftypcrx ", "CR3" },
            { Hex("00000018") + "ftypqt  ", "video" },
            { Hex("0000000C") + "JXL ", "JPEG XL" },
            { Hex("FF0A"), "JPEG XL" },
            { Hex("0000000C") + "jP  ", "JPEG 2000" },
            { Hex("FF4FFF51"), "JPEG 2000" },
            { Hex("49492A000800000000000000"), "TIFF" },
            { Hex("4D4D002B0008000000000000"), "TIFF" },
            { Hex("49492A0010000000") + "CR" + Hex("0200"), "CR2" },
            { "IIRO", "ORF" },
            { Hex("49495500"), "RW2" },
            { "FUJIFILMCCD-RAW 0201", "RAF" },
            { "8BPS", "PSD" },
            { Hex("000001000100"), "ICO" },
            { "%PDF-1.7", "PDF" },
            { "%!PS-Adobe", "PostScript" },
            { "P6\n640 480\n255\n", "PNM" },
            { "PK" + Hex("0304"), "ZIP" },
            { "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "SVG" },
            { "\u00EF\u00BB\u00BF<?xml version=\"1.0\"?>\n<!-- made by hand -->\n<svg/>", "SVG" },
            { "<!DOCTYPE html><html><title>404</title>", "HTML" },
            { "version https://git-lfs.github.com/spec/v1", "git lfs pull" },
        };

    [Theory]
    [MemberData(nameof(Files))]
    public void FileThatIsNotRead_IsNamed(string latin1, string name)
    {
        var file = Encoding.Latin1.GetBytes(latin1);

        var fault = new InProcessImageDecoder().Open(file, new ImageDecodeRequest(1000, ApplyOrientation: true)).Error;

        Assert.Equal(TaggingErrorCode.UnsupportedMedia, fault?.Code);
        Assert.Contains(name, fault!.Detail, StringComparison.Ordinal);
        Assert.Contains("JPEG, PNG, WebP, GIF or BMP", fault.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NIKON CORPORATION", "NEF")]
    [InlineData("SONY", "ARW")]
    [InlineData("PENTAX", "PEF")]
    public void RawFileOfTiffsKind_IsNamedByItsMaker(string maker, string name)
    {
        var raw = new TiffBuilder(isBigEndian: false).Ascii(0x010F, maker).Pointing(0x014A, 4, 1, 8).ToArray();

        Assert.Equal(name, FileKind.RawName(raw));
        Assert.Null(FileKind.RawName(new TiffBuilder(isBigEndian: false).Ascii(0x010F, maker).ToArray()));
    }

    [Fact]
    public void AnyBytes_NeverThrow()
    {
        var random = new Random(17);
        foreach (var (latin1, _) in Files.Select(row => row.Data))
        {
            var file = Encoding.Latin1.GetBytes(latin1);
            for (var length = 0; length < file.Length + 40; length++)
            {
                var bytes = new byte[length];
                random.NextBytes(bytes);
                file.AsSpan(0, Math.Min(length, file.Length)).CopyTo(bytes);
                _ = FileKind.Of(bytes);
                _ = FileKind.Of(bytes.AsSpan(0, Math.Min(length, file.Length)));
            }
        }
    }

    private static string Hex(string digits) => Encoding.Latin1.GetString(Convert.FromHexString(digits));
}
