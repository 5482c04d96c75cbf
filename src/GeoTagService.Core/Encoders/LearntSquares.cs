using System.Globalization;
using System.Text;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Encoders;

/// <summary>The table of squares that a location encoder learnt from: a line of name, photos and photos with each tag.</summary>
internal static class LearntSquares
{
    /// <summary>Reads the table.</summary>
    /// <param name="csv">The file, its first line being a header.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <returns>Each square with photos, then photos with each tag.</returns>
    /// <exception cref="BundleException">A line is not what it should be.</exception>
    public static IEnumerable<(GridReference Square, int[] Counts)> Read(byte[] csv, string file)
    {
        foreach (var line in Encoding.UTF8.GetString(csv).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            var cells = line.Split(',');
            var counts = new int[cells.Length - 1];
            if (
                cells.Length != 2 + TagCatalog.Count
                || !GridReference.TryParse(cells[0], out var square, out _)
                || !cells
                    .Skip(1)
                    .Select((cell, i) => int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out counts[i]))
                    .All(read => read)
            )
            {
                throw new BundleException($"{file}: '{line[..Math.Min(40, line.Length)]}' is no square with photos and tags");
            }

            yield return (square, counts);
        }
    }
}
