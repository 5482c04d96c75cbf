using System.Xml;
using System.Xml.Linq;
using GeoTagService.Core.Tags;

namespace GeoTagService.Bulk.Marking;

/// <summary>
/// Puts tags into an XMP packet as keywords: <c>dc:subject</c> has their names, <c>lr:hierarchicalSubject</c> the same below
/// "Geographical Context". Everything else in the packet stays. Keywords that an earlier run put in and that are chosen no more go; those
/// of people stay, because only ours stand in both lists.
/// </summary>
internal static class XmpKeywords
{
    /// <summary>Top of the hierarchy.</summary>
    public const string Root = "Geographical Context";

    /// <summary>A packet longer than this is left alone.</summary>
    public const int MostBytes = 16 << 20;

    private static readonly XNamespace Meta = "adobe:ns:meta/";
    private static readonly XNamespace Rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    private static readonly XNamespace DublinCore = "http://purl.org/dc/elements/1.1/";
    private static readonly XNamespace Lightroom = "http://ns.adobe.com/lightroom/1.0/";

    private static readonly HashSet<string> OurNames = [.. TagCatalog.Tags.Select(tag => tag.Name)];

    private static readonly XmlReaderSettings Reading = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        // Indents are made anew: kept, they would grow with each run.
        IgnoreWhitespace = true,
        MaxCharactersInDocument = MostBytes,
    };

    private static readonly XmlWriterSettings Writing = new()
    {
        Encoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        OmitXmlDeclaration = true,
        Indent = true,
        IndentChars = " ",
        NewLineChars = "\n",
    };

    /// <summary>Merges tags into a packet.</summary>
    /// <param name="packet">The packet, with or without its wrapper; null where there is none.</param>
    /// <param name="names">Names of the tags.</param>
    /// <returns>The packet with its wrapper; null where the one that is there cannot be read.</returns>
    public static byte[]? Merge(byte[]? packet, IReadOnlyList<string> names)
    {
        if (Read(packet) is not { } document)
        {
            return null;
        }

        var rdf = document.Descendants(Rdf + "RDF").FirstOrDefault();
        if (rdf is null)
        {
            return null;
        }

        var subjects = Bag(rdf, DublinCore + "subject", "dc");
        var hierarchy = Bag(rdf, Lightroom + "hierarchicalSubject", "lr");
        foreach (var item in hierarchy.Elements(Rdf + "li").Where(IsOurs).ToList())
        {
            var name = item.Value[(Root.Length + 1)..];
            subjects.Elements(Rdf + "li").FirstOrDefault(subject => subject.Value == name)?.Remove();
            item.Remove();
        }

        foreach (var name in names)
        {
            Add(subjects, name);
            Add(hierarchy, $"{Root}|{name}");
        }

        return Write(document);
    }

    private static bool IsOurs(XElement item) =>
        item.Value.StartsWith(Root + "|", StringComparison.Ordinal) && OurNames.Contains(item.Value[(Root.Length + 1)..]);

    private static XDocument? Read(byte[]? packet)
    {
        if (packet is null)
        {
            return new XDocument(
                new XElement(
                    Meta + "xmpmeta",
                    new XAttribute(XNamespace.Xmlns + "x", Meta.NamespaceName),
                    new XElement(Rdf + "RDF", new XAttribute(XNamespace.Xmlns + "rdf", Rdf.NamespaceName))
                )
            );
        }

        var end = packet.AsSpan().TrimEnd("\0 \r\n\t"u8).Length;
        if (end > MostBytes)
        {
            return null;
        }

        try
        {
            using var reader = XmlReader.Create(new MemoryStream(packet, 0, end), Reading);
            return XDocument.Load(reader);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    // The list of a property, wherever it stands; made where it is missing. A property written as an attribute becomes one.
    private static XElement Bag(XElement rdf, XName property, string prefix)
    {
        var descriptions = rdf.Elements(Rdf + "Description").ToList();
        var found = descriptions.Elements(property).FirstOrDefault();
        if (found is null)
        {
            var attribute = descriptions.Attributes(property).FirstOrDefault();
            var owner = attribute?.Parent ?? descriptions.FirstOrDefault();
            if (owner is null)
            {
                owner = new XElement(Rdf + "Description", new XAttribute(Rdf + "about", ""));
                rdf.Add(owner);
            }

            if (owner.GetPrefixOfNamespace(property.Namespace) is null && owner.GetNamespaceOfPrefix(prefix) is null)
            {
                owner.Add(new XAttribute(XNamespace.Xmlns + prefix, property.NamespaceName));
            }

            found = new XElement(property, attribute is null ? null : new XElement(Rdf + "Bag", new XElement(Rdf + "li", attribute.Value)));
            attribute?.Remove();
            owner.Add(found);
        }

        var bag = found.Elements().FirstOrDefault(element => element.Name == Rdf + "Bag" || element.Name == Rdf + "Seq");
        if (bag is null)
        {
            var text = found.Value.Trim();
            bag = new XElement(Rdf + "Bag", text.Length > 0 ? new XElement(Rdf + "li", text) : null);
            found.ReplaceNodes(bag);
        }

        return bag;
    }

    private static void Add(XElement bag, string text)
    {
        if (!bag.Elements(Rdf + "li").Any(item => item.Value == text))
        {
            bag.Add(new XElement(Rdf + "li", text));
        }
    }

    private static byte[] Write(XDocument document)
    {
        // The wrapper is written anew: what stood around it belongs to it.
        document.Nodes().OfType<XProcessingInstruction>().Where(node => node.Target == "xpacket").ToList().ForEach(node => node.Remove());
        using var text = new MemoryStream();
        text.Write("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"u8);
        using (var writer = XmlWriter.Create(text, Writing))
        {
            document.Root!.WriteTo(writer);
        }

        text.Write("\n<?xpacket end=\"w\"?>\n"u8);
        return text.ToArray();
    }
}
