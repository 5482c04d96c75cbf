using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Ledgers;

/// <summary>Rows of an output whose items the list has no more: how many, and the first of them.</summary>
/// <param name="earlier">Where the rows are.</param>
internal sealed class VanishedItems(EarlierRows? earlier)
{
    private const int MostShown = 10;

    private readonly List<byte[]> _rows = [];

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one.</summary>
    public void Add(ItemRecord record)
    {
        Count++;
        if (_rows.Count < MostShown && earlier!.Find(record.Key) is { } row && earlier.Read(row) is { } bytes)
        {
            _rows.Add(bytes);
        }
    }

    /// <summary>How many and which: <c>2 rows are gone from the list (17, 18)</c>.</summary>
    /// <param name="idOf">The id that a row of the output names.</param>
    public string Describe(Func<byte[], string?> idOf)
    {
        var names = _rows.Select(idOf).OfType<string>().ToList();
        var shown = names.Count == 0 ? "" : $" ({Shown.Of(string.Join(", ", names))}{(Count > names.Count ? " …" : "")})";
        return $"{Count} {(Count == 1 ? "row is" : "rows are")} gone from the list{shown}";
    }
}
