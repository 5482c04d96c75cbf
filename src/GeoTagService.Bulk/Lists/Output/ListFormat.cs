namespace GeoTagService.Bulk.Lists.Output;

/// <summary>A format of outputs. Help, messages and plans know the formats from the table here alone.</summary>
public sealed class ListFormat
{
    private ListFormat(string name, string rowsName, IReadOnlyList<string> otherEndings, Func<ListContent, ListAbout, RowFormat> rows)
    {
        (Name, RowsName, Rows) = (name, rowsName, rows);
        Endings = ["." + name, .. otherEndings];
    }

    /// <summary>All formats, the usual one first.</summary>
    public static IReadOnlyList<ListFormat> All { get; } =
    [
        new("csv", "csv", [], (content, _) => new CsvFormat(content)),
        new("ndjson", "ndjson", [".jsonl"], (content, about) => new NdJsonFormat(content, about)),
        new("geojson", "geojson", [".json"], (content, about) => new GeoJsonFormat(content, about)),
        new("parquet", "ndjson", [".geoparquet"], (content, about) => new NdJsonFormat(content with { SaysWhatItIs = false }, about)),
    ];

    /// <summary>The names of all, for people: <c>csv, ndjson, geojson or parquet</c>.</summary>
    public static string Names { get; } = Listed(format => format.Name);

    /// <summary>Their endings, for people: <c>.csv, .ndjson, .geojson or .parquet</c>.</summary>
    public static string UsualEndings { get; } = Listed(format => format.Endings[0]);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The format in which its rows are written.</summary>
    public string RowsName { get; }

    /// <summary>How files of it end, the usual way first.</summary>
    public IReadOnlyList<string> Endings { get; }

    /// <summary>Whether rows are written in another format and brought into this one in the end: a Parquet file cannot be
    /// continued after a kill.</summary>
    public bool IsConverted => Name != RowsName;

    /// <summary>Makes the rows.</summary>
    internal Func<ListContent, ListAbout, RowFormat> Rows { get; }

    /// <summary>The format that the ending of a file's name stands for, or null.</summary>
    /// <param name="file">A file's name, in any case.</param>
    public static ListFormat? Of(string file) =>
        All.FirstOrDefault(format => format.Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase));

    /// <summary>The format of a name, or null.</summary>
    /// <param name="name">A name as in <see cref="Names"/>.</param>
    public static ListFormat? Named(string name) => All.FirstOrDefault(format => format.Name == name);

    /// <summary>All formats for people, each as it is told.</summary>
    /// <param name="tell">What is said of one.</param>
    /// <returns><c>a, b or c</c>.</returns>
    public static string Listed(Func<ListFormat, string> tell) => $"{string.Join(", ", All.SkipLast(1).Select(tell))} or {tell(All[^1])}";
}
