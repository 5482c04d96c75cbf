using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Input;

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
public sealed class ListColumns
{
    /// <summary>How many meanings there are.</summary>
    public static readonly int Kinds = Enum.GetValues<ListColumn>().Length;

    private readonly Dictionary<string, ListColumn> _byName;

    /// <summary>Columns that were given names: whoever gives one means that it is there.</summary>
    private readonly HashSet<ListColumn> _renamed;

    private ListColumns(Dictionary<string, ListColumn> byName, HashSet<ListColumn> renamed)
    {
        _byName = byName;
        _renamed = renamed;
    }

    /// <summary>The columns by their own names, the given ones renamed.</summary>
    /// <param name="renamed"><c>id=gridimage_id</c> …</param>
    /// <exception cref="RunFailureException">One is not of that form.</exception>
    public static ListColumns Parse(IEnumerable<string> renamed)
    {
        var given = new HashSet<ListColumn>();
        var names = Enum.GetValues<ListColumn>().ToDictionary(column => column, NameOf);
        foreach (var text in renamed)
        {
            var parts = text.Split('=', 2);
            if (
                parts.Length != 2
                || parts[1].Length == 0
                || !Enum.TryParse<ListColumn>(parts[0], true, out var column)
                || !Enum.IsDefined(column)
                || char.IsAsciiDigit(parts[0][0])
            )
            {
                throw new RunFailureException(
                    RunFailure.Request,
                    $"'{text}' is not NAME=COLUMN, where NAME is one of {string.Join(", ", names.Keys.Select(NameOf))}"
                );
            }

            names[column] = parts[1];
            given.Add(column);
        }

        var byName = new Dictionary<string, ListColumn>(StringComparer.OrdinalIgnoreCase);
        foreach (var (column, name) in names)
        {
            if (!byName.TryAdd(name, column))
            {
                throw new RunFailureException(RunFailure.Request, $"column '{name}' cannot be two things at once");
            }
        }

        return new ListColumns(byName, given);
    }

    /// <summary>What a column is, or null when it is nothing to us.</summary>
    internal ListColumn? Find(string name) => _byName.TryGetValue(name, out var column) ? column : null;

    /// <summary>Whether a list of these columns has something that can be tagged.</summary>
    public bool AreTaggable(IEnumerable<string> header) => header.Select(Find).Any(column => column is { } found && IsTaggable(found));

    /// <summary>Refuses a list in which nothing could be tagged, or that lacks a column which the user named.</summary>
    /// <param name="header">Names of the list's columns.</param>
    /// <param name="list">The list, for the message.</param>
    public void Require(IReadOnlyCollection<string> header, string list)
    {
        var present = header.Select(Find).OfType<ListColumn>().ToHashSet();
        if (
            _byName
                .Where(pair => _renamed.Contains(pair.Value) && !present.Contains(pair.Value))
                .Select(pair => pair.Key)
                .FirstOrDefault() is
            { } absent
        )
        {
            throw new RunFailureException(
                RunFailure.Request,
                $"{list} has no column '{absent}', which --column names; it has {string.Join(", ", header)}"
            );
        }

        if (present.Any(IsTaggable))
        {
            return;
        }

        // A header in one piece is a list with another separator.
        var hint =
            header.Count == 1 && header.First().AsSpan().IndexOfAny(";,\t|") >= 0
                ? $"its header is one column, '{header.First()}': a .csv is separated by commas, a .tsv by tabs"
                : $"it has {string.Join(", ", header)}; --column title=NAME says which one holds the title";
        throw new RunFailureException(
            RunFailure.Request,
            $"{list} has no column {string.Join(", ", _byName.Where(pair => IsTaggable(pair.Value)).Select(pair => pair.Key))}; {hint}"
        );
    }

    /// <summary>What is made of a list's columns, where some are left alone; null where every one is used.</summary>
    public string? Describe(IReadOnlyCollection<string> header)
    {
        var left = header.Where(name => Find(name) is null).ToList();
        var repeated = header
            .GroupBy(Find)
            .Where(names => names.Key is not null && names.Count() > 1)
            .Select(names => names.First())
            .ToList();
        string?[] notes =
        [
            repeated.Count == 0 ? null : $"of several columns named {string.Join(", ", repeated)} the first is used",
            left.Count == 0
                ? null
                : $"columns used: {string.Join(", ", header.Where(name => Find(name) is not null))}; left alone: {string.Join(", ", left.Take(12))}{(left.Count > 12 ? " …" : "")} (--column lat=NAME says what one holds)",
        ];
        return string.Join("; ", notes.OfType<string>()) is { Length: > 0 } note ? Shown.Of(note) : null;
    }

    /// <summary>Names that describe the choice, for the ledger.</summary>
    public override string ToString() => string.Join(",", _byName.OrderBy(pair => pair.Value).Select(pair => $"{pair.Value}={pair.Key}"));

    private static bool IsTaggable(ListColumn column) =>
        column is ListColumn.Image or ListColumn.Title or ListColumn.ImageEmbedding or ListColumn.TitleEmbedding;

    /// <summary>A column's own name.</summary>
    internal static string NameOf(ListColumn column) => char.ToLowerInvariant(column.ToString()[0]) + column.ToString()[1..];
}
