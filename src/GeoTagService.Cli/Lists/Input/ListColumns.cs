using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Lists.Input;

/// <summary>What the columns of a list mean.</summary>
internal enum ListColumn
{
    /// <summary>The row's id.</summary>
    Id,

    /// <summary>Path of the photo.</summary>
    Image,

    /// <summary>The title.</summary>
    Title,

    /// <summary>Degrees north.</summary>
    Lat,

    /// <summary>Degrees east.</summary>
    Lon,

    /// <summary>Grid reference.</summary>
    GridReference,

    /// <summary>Image embedding, base64 of little-endian float32.</summary>
    ImageEmbedding,

    /// <summary>Title embedding, base64 of little-endian float32.</summary>
    TitleEmbedding,
}

/// <summary>Which column of a list holds what. Names are compared without regard to case.</summary>
internal sealed class ListColumns
{
    /// <summary>How many meanings there are.</summary>
    public static readonly int Kinds = Enum.GetValues<ListColumn>().Length;

    private readonly Dictionary<string, ListColumn> _byName;

    private ListColumns(Dictionary<string, ListColumn> byName) => _byName = byName;

    /// <summary>The columns by their own names, the given ones renamed.</summary>
    /// <param name="renamed"><c>id=gridimage_id</c> …</param>
    /// <exception cref="CommandFailureException">One is not of that form.</exception>
    public static ListColumns Parse(IEnumerable<string> renamed)
    {
        var names = Enum.GetValues<ListColumn>().ToDictionary(column => column, NameOf);
        foreach (var text in renamed)
        {
            var parts = text.Split('=', 2);
            if (parts.Length != 2 || parts[1].Length == 0 || !Enum.TryParse<ListColumn>(parts[0], true, out var column)
                || !Enum.IsDefined(column) || char.IsAsciiDigit(parts[0][0]))
            {
                throw new CommandFailureException(
                    ExitCode.Usage,
                    $"'{text}' is not NAME=COLUMN, where NAME is one of {string.Join(", ", names.Keys.Select(NameOf))}");
            }

            names[column] = parts[1];
        }

        var byName = new Dictionary<string, ListColumn>(StringComparer.OrdinalIgnoreCase);
        foreach (var (column, name) in names)
        {
            if (!byName.TryAdd(name, column))
            {
                throw new CommandFailureException(ExitCode.Usage, $"column '{name}' cannot be two things at once");
            }
        }

        return new ListColumns(byName);
    }

    /// <summary>What a column is, or null when it is nothing to us.</summary>
    public ListColumn? Find(string name) => _byName.TryGetValue(name, out var column) ? column : null;

    /// <summary>Refuses a list in which nothing could be tagged.</summary>
    public void Require(IEnumerable<ListColumn> present, string list)
    {
        if (!present.Any(column => column is ListColumn.Image or ListColumn.Title or ListColumn.ImageEmbedding or ListColumn.TitleEmbedding))
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                $"{list} has no column {string.Join(", ", _byName.Where(pair => pair.Value is ListColumn.Image or ListColumn.Title or ListColumn.ImageEmbedding or ListColumn.TitleEmbedding).Select(pair => pair.Key))}; --column NAME=COLUMN says which one it is");
        }
    }

    /// <summary>Names that describe the choice, for the ledger.</summary>
    public override string ToString() => string.Join(",", _byName.OrderBy(pair => pair.Value).Select(pair => $"{pair.Value}={pair.Key}"));

    private static string NameOf(ListColumn column) => char.ToLowerInvariant(column.ToString()[0]) + column.ToString()[1..];
}
