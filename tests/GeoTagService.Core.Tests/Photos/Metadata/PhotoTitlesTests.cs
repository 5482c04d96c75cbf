using System.Text;
using GeoTagService.Core.Photos.Metadata;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos.Metadata;

/// <summary>A photo's own title: where it may stand, which one counts, and what strangers may write there.</summary>
public sealed class PhotoTitlesTests
{
    private const ushort Description = 0x010E;
    private const ushort WindowsTitle = 0x9C9B;

    private static readonly byte[] Jpeg = TestImages.Jpeg(16, 12);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("<rdf:li xml:lang='x-default'>Lock 7</rdf:li>", "Lock 7")]
    [InlineData("<rdf:li xml:lang='cy'>Loc 7</rdf:li><rdf:li xml:lang='x-default'>Lock 7</rdf:li>", "Lock 7")]
    [InlineData("<rdf:li xml:lang='cy'>Loc 7</rdf:li><rdf:li xml:lang='en'>Lock 7</rdf:li>", "Loc 7")]
    [InlineData("<rdf:li xml:lang='x-default'/><rdf:li>Lock &amp; weir</rdf:li>", "Lock & weir")]
    [InlineData("<rdf:li xml:lang='x-default'>  \n </rdf:li>", null)]
    [InlineData("", null)]
    public void XmpTitle_IsThatOfTheDefaultLanguage(string items, string? title) =>
        Assert.Equal(title, Read(WithXmp(Jpeg, Xmp($"<dc:title><rdf:Alt>{items}</rdf:Alt></dc:title>")))?.Text);

    [Fact]
    public void XmpTitle_MayBeAnAttributeOrPlainText()
    {
        var attribute =
            "<x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
            + "<r:Description xmlns:d='http://purl.org/dc/elements/1.1/' d:title='Weir'/></r:RDF></x:xmpmeta>";
        Assert.Equal("Weir", Read(WithXmp(Jpeg, attribute))?.Text);
        Assert.Equal("Weir", Read(WithXmp(Jpeg, Xmp("<dc:title>Weir</dc:title>")))?.Text);
        Assert.Null(Read(WithXmp(Jpeg, Xmp("<dc:subject>title</dc:subject>"))));
    }

    [Fact]
    public void EveryFormatThatHoldsXmp_GivesItsTitle()
    {
        var packet = Encoding.UTF8.GetBytes(Xmp("<dc:title>Hütte</dc:title>"));
        byte[][] photos =
        [
            WithXmp(Jpeg, Encoding.UTF8.GetString(packet)),
            MetadataFiles.PngWith(TestImages.Png(16, 12), "iTXt", [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. packet]),
            MetadataFiles.WebPWith(TestImages.WebP(16, 12), "XMP ", packet),
        ];
        foreach (var photo in photos)
        {
            Assert.Equal(new PhotoTitle("Hütte", TitleSource.Xmp), Read(photo));
        }

        Assert.Equal(
            "Church in winter",
            Read(File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "further", "exif.heic")))?.Text
        );
    }

    [Theory]
    [InlineData("Lock", "Lock")]
    [InlineData("Caffè", "Caffè")]
    [InlineData("OLYMPUS DIGITAL CAMERA         ", null)]
    [InlineData("   ", null)]
    public void ExifDescription_IsATitleUnlessTheCameraWroteIt(string text, string? title)
    {
        Assert.Equal(title, Read(WithExif(new TiffBuilder(isBigEndian: true).Ascii(Description, text)))?.Text);
        var latin = new TiffBuilder(isBigEndian: false).Text(Description, [.. Encoding.Latin1.GetBytes(text), 0]);
        Assert.Equal(title, Read(WithExif(latin))?.Text);
    }

    [Fact]
    public void WindowsTitle_IsReadWhereThereIsNoDescription()
    {
        var wide = Encoding.Unicode.GetBytes("Brücke\0");
        var exif = new TiffBuilder(isBigEndian: false).Raw(WindowsTitle, 1, (uint)wide.Length, wide);

        Assert.Equal(new PhotoTitle("Brücke", TitleSource.ExifWindowsTitle), Read(WithExif(exif)));
    }

    [Fact]
    public void OfSeveralTitles_XmpThenIptcThenExifCounts()
    {
        var exif = WithExif(new TiffBuilder(isBigEndian: false).Ascii(Description, "exif"));
        var iptc = MetadataFiles.JpegWith(exif, Photoshop(Iptc("iptc"u8)));
        var xmp = WithXmp(iptc, Xmp("<dc:title>xmp</dc:title>"));

        Assert.Equal(new PhotoTitle("exif", TitleSource.ExifDescription), Read(exif));
        Assert.Equal(new PhotoTitle("iptc", TitleSource.Iptc), Read(iptc));
        Assert.Equal(new PhotoTitle("xmp", TitleSource.Xmp), Read(xmp));
    }

    [Fact]
    public void PacketsOfStrangers_CountAsNone()
    {
        var title = "<dc:title>x</dc:title>";
        string[] packets =
        [
            "<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;&b;&b;'>]>" + Xmp("<dc:title>&c;</dc:title>"),
            "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>" + Xmp(title),
            Xmp(title)[..^60].Replace("</dc:title>", "", StringComparison.Ordinal),
            string.Concat(Enumerable.Repeat("<a>", 20_000)) + title,
            Xmp("<dc:title>&undefined;</dc:title>"),
        ];
        foreach (var packet in packets)
        {
            Assert.Null(Read(WithXmp(Jpeg, packet)));
        }

        var large = Encoding.UTF8.GetBytes(Xmp(title + new string(' ', XmpPacket.MostBytes)));
        Assert.Null(Read(MetadataFiles.WebPWith(TestImages.WebP(16, 12), "XMP ", large)));
    }

    [Fact]
    public void LongTitle_IsCutBetweenCharacters()
    {
        var title = Read(WithXmp(Jpeg, Xmp($"<dc:title>a{string.Concat(Enumerable.Repeat("🌊", 6_000))}</dc:title>")))!.Text;

        Assert.InRange(title.Length, 8_000, 8_192);
        Assert.False(char.IsHighSurrogate(title[^1]));
    }

    [Fact]
    public void DamagedBlocks_NeverThrow()
    {
        var photo = WithXmp(
            MetadataFiles.JpegWith(WithExif(new TiffBuilder(isBigEndian: true).Ascii(Description, "exif")), Photoshop(Iptc("iptc"u8))),
            Xmp("<dc:title>xmp</dc:title>")
        );
        var random = new Random(5);
        for (var round = 0; round < 3_000; round++)
        {
            var damaged = photo.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                damaged[random.Next(2, Math.Min(damaged.Length, 900))] = (byte)random.Next(256);
            }

            _ = Read(damaged.AsSpan(0, random.Next(2, damaged.Length)).ToArray());
        }
    }

    private static PhotoTitle? Read(byte[] photo) => PhotoMetadata.ReadTitle(photo, Token);

    private static byte[] WithXmp(byte[] jpeg, string packet) =>
        MetadataFiles.JpegWith(
            jpeg,
            MetadataFiles.Segment(0xE1, [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. Encoding.UTF8.GetBytes(packet)])
        );

    private static byte[] WithExif(TiffBuilder exif) =>
        MetadataFiles.JpegWith(Jpeg, MetadataFiles.Segment(0xE1, [.. "Exif\0\0"u8, .. exif.ToArray()]));

    private static byte[] Iptc(ReadOnlySpan<byte> name) =>
        [0x1C, 1, 90, 0, 3, 0x1B, (byte)'%', (byte)'G', 0x1C, 2, 5, 0, (byte)name.Length, .. name];

    private static byte[] Photoshop(byte[] iptc) =>
        MetadataFiles.Segment(
            0xED,
            [.. "Photoshop 3.0\0"u8, .. "8BIM"u8, 0x04, 0x04, 0, 0, 0, 0, 0, (byte)iptc.Length, .. iptc, .. new byte[iptc.Length & 1]]
        );

    private static string Xmp(string properties) =>
        "<?xpacket begin='\uFEFF' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        + "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' "
        + $"xmlns:dc='http://purl.org/dc/elements/1.1/'>{properties}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>";
}
