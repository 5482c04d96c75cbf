using System.Xml;

namespace GeoTagService.Core.Photos.Metadata;

/// <summary>Reads an XMP packet. Made for bytes of strangers: no document type, no entity and no address is followed, and a packet longer
/// than photos have is not read.</summary>
internal static class XmpPacket
{
    /// <summary>Bytes of a packet that is read; photos have some kilobytes.</summary>
    public const int MostBytes = 256 << 10;

    private const int MostElements = 20_000;
    private const int MostDepth = 64;
    private const string DublinCore = "http://purl.org/dc/elements/1.1/";
    private const string Rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = MostBytes,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        ConformanceLevel = ConformanceLevel.Fragment,
    };

    /// <summary>The packet's <c>dc:title</c>: the text of the default language, else the first; null where there is none.</summary>
    public static unsafe string? ReadTitle(ReadOnlySpan<byte> packet)
    {
        // Most packets have no title, and need not be parsed to know.
        if (packet.Length > MostBytes || packet.IndexOf("title"u8) < 0)
        {
            return null;
        }

        fixed (byte* bytes = packet)
        {
            using var stream = new UnmanagedMemoryStream(bytes, packet.TrimEnd("\0 \r\n\t"u8).Length);
            try
            {
                using var reader = XmlReader.Create(stream, Settings);
                return ReadTitle(reader);
            }
            catch (XmlException)
            {
                return null;
            }
        }
    }

    private static string? ReadTitle(XmlReader reader)
    {
        for (var elements = 0; elements < MostElements && reader.Read() && reader.Depth < MostDepth; )
        {
            if (reader.NodeType != XmlNodeType.Element)
            {
                continue;
            }

            elements++;
            if (reader.LocalName == "title" && reader.NamespaceURI == DublinCore)
            {
                return reader.IsEmptyElement ? null : OfLanguages(reader);
            }

            if (
                reader.LocalName == "Description"
                && reader.NamespaceURI == Rdf
                && reader.GetAttribute("title", DublinCore) is { } attribute
            )
            {
                return attribute;
            }
        }

        return null;
    }

    private static string? OfLanguages(XmlReader reader)
    {
        var depth = reader.Depth;
        string? first = null;
        while (reader.Read() && reader.Depth > depth && reader.Depth < MostDepth)
        {
            if (reader.NodeType is not (XmlNodeType.Text or XmlNodeType.CDATA))
            {
                continue;
            }

            if (reader.XmlLang is "x-default")
            {
                return reader.Value;
            }

            first ??= reader.Value;
        }

        return first;
    }
}
