using System.Globalization;

namespace GeoTagService.Training.Tables;

/// <summary>Numbers of photos in the order of a file: the competition's <c>test.csv</c>, or any CSV with such a column.</summary>
/// <param name="Ids">The numbers, each once.</param>
/// <param name="Broken">Lines that were skipped.</param>
/// <param name="FirstFault">The first of them and what is wrong with it, or null.</param>
public sealed record IdTable(IReadOnlyList<long> Ids, int Broken, string? FirstFault = null)
{
    /// <summary>Reads a file. A file of one column may call it as it likes.</summary>
    /// <exception cref="InvalidDataException">The column is missing, holds no number, or holds one twice.</exception>
    public static IdTable Read(string path, string idColumn = LabelTable.IdColumn)
    {
        using var table = new TableReader(path);
        var id = table.Header.Count == 1 ? 0 : table.Column(idColumn);
        if (table.Header.Count == 1 && long.TryParse(table.Header[0], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            throw new InvalidDataException(
                $"{path} begins with {table.Header[0]}; its first line is to name the column, such as {idColumn}"
            );
        }

        var ids = new List<long>();
        var seen = new HashSet<long>();
        foreach (var row in table.Rows())
        {
            if (
                !long.TryParse(
                    row[id],
                    NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                    CultureInfo.InvariantCulture,
                    out var number
                )
            )
            {
                table.CountBroken($"'{row[id]}' is no number of a photo");
            }
            else if (seen.Add(number))
            {
                ids.Add(number);
            }
            else
            {
                throw new InvalidDataException($"{path}, line {table.Line}: photo {number} is there twice");
            }
        }

        return ids.Count > 0 ? new IdTable(ids, table.Broken, table.FirstFault) : throw new InvalidDataException($"{path} holds no photo");
    }
}
