using System.Text;
using System.Xml.Linq;
using GeoTagService.Bulk.Marking;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Marking;

/// <summary>Tags in XMP packets: put in, exchanged, and nothing else touched.</summary>
public sealed class XmpKeywordsTests
{
    private static readonly XNamespace Rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    private static readonly XNamespace DublinCore = "http://purl.org/dc/elements/1.1/";
    private static readonly XNamespace Lightroom = "http://ns.adobe.com/lightroom/1.0/";

    [Fact]
    public void EmptyPacket_GetsBothLists()
    {
        var packet = Parse(XmpKeywords.Merge(null, ["Canals", "Burial ground, Crematorium"]));

        Assert.Equal(["Canals", "Burial ground, Crematorium"], Items(packet, DublinCore + "subject"));
        Assert.Equal(
            ["Geographical Context|Canals", "Geographical Context|Burial ground, Crematorium"],
            Items(packet, Lightroom + "hierarchicalSubject")
        );
    }

    [Fact]
    public void WhatIsThere_StaysAndOursIsExchanged()
    {
        var before = Encoding.UTF8.GetBytes(
            "<?xpacket begin='\uFEFF' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/' x:xmptk='Editor 1.0'>"
                + "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
                + "<r:Description r:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='4'/>"
                + "<r:Description r:about='' xmlns:d='http://purl.org/dc/elements/1.1/' xmlns:l='http://ns.adobe.com/lightroom/1.0/'>"
                + "<d:title><r:Alt><r:li xml:lang='x-default'>Lock 7</r:li></r:Alt></d:title>"
                + "<d:subject><r:Bag><r:li>holiday</r:li><r:li>Canals</r:li><r:li>Woodland, Forest</r:li></r:Bag></d:subject>"
                + "<l:hierarchicalSubject><r:Bag><r:li>Places|Marple</r:li><r:li>Geographical Context|Canals</r:li></r:Bag>"
                + "</l:hierarchicalSubject></r:Description></r:RDF></x:xmpmeta><?xpacket end='w'?>"
        );

        var once = XmpKeywords.Merge(before, ["Railways"]);
        var packet = Parse(once);

        Assert.Equal(["holiday", "Woodland, Forest", "Railways"], Items(packet, DublinCore + "subject"));
        Assert.Equal(["Places|Marple", "Geographical Context|Railways"], Items(packet, Lightroom + "hierarchicalSubject"));
        Assert.Equal(["Lock 7"], Items(packet, DublinCore + "title"));
        Assert.Equal("4", packet.Descendants().Attributes(XName.Get("Rating", "http://ns.adobe.com/xap/1.0/")).Single().Value);
        Assert.Equal(once, XmpKeywords.Merge(once, ["Railways"]));
    }

    [Fact]
    public void SubjectAsAnAttribute_BecomesAList()
    {
        var before = Encoding.UTF8.GetBytes(
            "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description r:about='' "
                + "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:subject='holiday'/></r:RDF>"
        );

        Assert.Equal(["holiday", "Canals"], Items(Parse(XmpKeywords.Merge(before, ["Canals"])), DublinCore + "subject"));
    }

    [Theory]
    [InlineData("no XML at all")]
    [InlineData("<a/>")]
    [InlineData("<!DOCTYPE a [<!ENTITY b 'b'>]><r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>&b;</r:RDF>")]
    public void PacketThatCannotBeRead_IsLeftAlone(string packet) =>
        Assert.Null(XmpKeywords.Merge(Encoding.UTF8.GetBytes(packet), ["Canals"]));

    [Fact]
    public void JpegWithAnotherPacket_KeepsEveryOtherByte()
    {
        var jpeg = TestImages.WithExif(TestImages.Jpeg(40, 30), orientation: 6);

        var marked = JpegPacket.With(jpeg, "first"u8);
        Assert.Equal("first"u8.ToArray(), JpegPacket.Find(marked));
        var again = JpegPacket.With(marked, "second packet"u8);
        Assert.Equal("second packet"u8.ToArray(), JpegPacket.Find(again));

        var segment = MetadataFiles.Segment(0xE1, [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. "second packet"u8]);
        var at = again.AsSpan().IndexOf(segment);
        byte[] rest = [.. again[..at], .. again[(at + segment.Length)..]];
        Assert.Equal(jpeg, rest);
        Assert.Null(JpegPacket.Find(jpeg));
    }

    private static XDocument Parse(byte[]? packet)
    {
        Assert.NotNull(packet);
        return XDocument.Parse(Encoding.UTF8.GetString(packet));
    }

    private static string[] Items(XDocument packet, XName property) =>
        [.. packet.Descendants(property).Single().Descendants(Rdf + "li").Select(item => item.Value)];
}
