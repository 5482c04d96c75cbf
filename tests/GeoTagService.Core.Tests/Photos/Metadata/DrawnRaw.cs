using System.Text;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos.Metadata;

/// <summary>Raw files as cameras write them, but for the sensor's data: metadata and a preview. No program at hand writes such.</summary>
internal static class DrawnRaw
{
    private const ushort Orientation = 0x0112;
    private const ushort Description = 0x010E;
    private const ushort GpsDirectory = 0x8825;

    /// <summary>A Nikon's: one TIFF structure, with the preview's own metadata taken out.</summary>
    public static byte[] OfTiff(byte[] preview)
    {
        var xmp = Packet();
        byte[] iptc = [0x1C, 2, 5, 0, 10, .. "iptc title"u8];
        var tiff = Root()
            .Directory(GpsDirectory, Gps())
            .Raw(0x014A, 4, 1, [0, 0, 0, 0])
            .Ascii(0x010F, "NIKON CORPORATION")
            .Raw(0x02BC, 1, (uint)xmp.Length, xmp)
            .Raw(0x83BB, 7, (uint)iptc.Length, iptc)
            .ToArray();
        return [.. tiff, .. new byte[64], .. Bare(preview)];
    }

    /// <summary>A Canon's of the newer kind: boxes, with a block of TIFF for each directory.</summary>
    public static byte[] OfCanon(byte[] preview)
    {
        byte[] canon =
        [
            .. Convert.FromHexString("85C0B687820F11E08111F4CE462B6A48"),
            .. IsoFiles.Box("CNCV", "CanonCR3_001/00.09.00/00.00.00"u8),
            .. IsoFiles.Box("CMT1", Root().ToArray()),
            .. IsoFiles.Box("CMT4", Gps().ToArray()),
        ];
        byte[] xmp = [.. Convert.FromHexString("BE7ACFCB97A942E89C71999491E3AFAC"), .. Packet()];
        return
        [
            .. IsoFiles.Box("ftyp", "crx \0\0\0\u0001crx isom"u8),
            .. IsoFiles.Box("moov", IsoFiles.Box("uuid", canon)),
            .. IsoFiles.Box("uuid", xmp),
            .. IsoFiles.Box("mdat", preview),
        ];
    }

    /// <summary>A Fujifilm's: a header of its own, and a preview that has all metadata.</summary>
    public static byte[] OfFuji(byte[] preview) => [.. "FUJIFILMCCD-RAW 0201FF383501X100"u8, .. new byte[128], .. preview, .. new byte[64]];

    private static TiffBuilder Root() => new TiffBuilder(isBigEndian: false).Ascii(Description, "exif title").Number(Orientation, 6);

    private static TiffBuilder Gps() =>
        new TiffBuilder(isBigEndian: false).Ascii(1, "N").Rationals(2, 52, 1, 30, 1, 0, 1).Ascii(3, "W").Rationals(4, 0, 1, 58, 1, 48, 1);

    private static byte[] Packet() =>
        Encoding.UTF8.GetBytes(
            "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "
                + "rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title><rdf:Alt><rdf:li xml:lang='x-default'>xmp title</rdf:li>"
                + "</rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"
        );

    // A JPEG without the segments of metadata that come first.
    private static byte[] Bare(byte[] jpeg)
    {
        var at = 2;
        while (jpeg[at + 1] is >= 0xE0 and <= 0xEF)
        {
            at += 2 + (jpeg[at + 2] << 8) + jpeg[at + 3];
        }

        return [0xFF, 0xD8, .. jpeg.AsSpan(at)];
    }
}
