namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>Reads the tables embedded beside this code; tools/titles/make_tables.py writes them.</summary>
internal static class EmbeddedTable
{
    /// <summary>The lines of a table, without comments.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        var type = typeof(EmbeddedTable);
        using var stream =
            type.Assembly.GetManifestResourceStream(type, name)
            ?? throw new InvalidOperationException($"The embedded table {name} is missing.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                yield return line;
            }
        }
    }
}
