using System.Globalization;
using GeoTagService.Core.Tags;

namespace GeoTagService.Training.Tables;

/// <summary>Labels by photo: the competition's <c>train.csv</c>, an id and 49 columns of 0 or 1.</summary>
/// <param name="Labels">One bit per tag in head-row order, by id.</param>
/// <param name="Broken">Lines that were skipped.</param>
/// <param name="FirstFault">The first of them and what is wrong with it, or null.</param>
public sealed record LabelTable(IReadOnlyDictionary<long, ulong> Labels, int Broken, string? FirstFault = null)
{
    /// <summary>Columns that are called as tags are, of which there is none: they are not looked at.</summary>
    public IReadOnlyList<string> Unknown { get; private init; } = [];

    /// <summary>Name of the id's column in the competition's files.</summary>
    public const string IdColumn = "gridimage_id";

    /// <summary>Reads a file. Columns may stand in any order; further columns are not looked at.</summary>
    /// <exception cref="InvalidDataException">A label column or the id's is missing, or an id is there twice.</exception>
    public static LabelTable Read(string path, string idColumn = IdColumn)
    {
        using var table = new TableReader(path);
        var id = table.Column(idColumn);
        var columns = TagCatalog.Tags.Select(tag => table.Column(tag.Id)).ToArray();
        var labels = new Dictionary<long, ulong>();
        foreach (var row in table.Rows())
        {
            if (!long.TryParse(row[id], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                table.CountBroken($"{idColumn} is '{row[id]}', which is no number of a photo");
            }
            else if (FirstUnread(row, columns, out var set) is { } tag)
            {
                table.CountBroken($"{TagCatalog.Tags[tag].Id} is '{row[columns[tag]]}'; a label is 0 or 1");
            }
            else if (!labels.TryAdd(number, set))
            {
                throw new InvalidDataException($"{path}, line {table.Line}: photo {number} is there twice; which labels are right?");
            }
        }

        return new LabelTable(labels, table.Broken, table.FirstFault)
        {
            Unknown = [.. table.Header.Where(name => LooksLikeATag(name) && !TagCatalog.TryGet(name, out _))],
        };
    }

    private static bool LooksLikeATag(string name) =>
        name.StartsWith("tag", StringComparison.OrdinalIgnoreCase)
        && name.Length > 3
        && name.AsSpan(3).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>Reads a row's labels; the first tag whose cell is none, or null.</summary>
    private static int? FirstUnread(string[] row, int[] columns, out ulong set)
    {
        set = 0;
        for (var tag = 0; tag < columns.Length; tag++)
        {
            switch (row[columns[tag]].Trim())
            {
                case "1" or "1.0":
                    set |= 1UL << tag;
                    break;
                case "0" or "0.0" or "":
                    break;
                default:
                    return tag;
            }
        }

        return null;
    }
}
