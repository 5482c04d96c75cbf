using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace GeoTagService.DeployTests;

/// <summary>YAML as maps, lists and strings.</summary>
internal static class Yaml
{
    /// <summary>All documents of a file.</summary>
    public static IReadOnlyList<Dictionary<string, object>> Read(string path) => Parse(File.ReadAllText(path));

    /// <summary>All documents of a text.</summary>
    public static IReadOnlyList<Dictionary<string, object>> Parse(string text)
    {
        var parser = new MergingParser(new Parser(new StringReader(text)));
        parser.Consume<StreamStart>();
        var deserializer = new Deserializer();
        var documents = new List<Dictionary<string, object>>();
        while (parser.Accept<DocumentStart>(out _))
        {
            if (deserializer.Deserialize<Dictionary<string, object>>(parser) is { } document)
            {
                documents.Add(document);
            }
        }

        return documents;
    }
}
