using System.Globalization;
using System.Numerics;
using System.Text;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Datasets;

namespace GeoTagService.Training.Places;

/// <summary>Photos and tags by square of 10 km.</summary>
internal static class SquareCounts
{
    /// <summary>Edge of the squares, metres.</summary>
    public const int Edge = 10_000;

    /// <summary>Counts some of the photos.</summary>
    public static SortedDictionary<string, int[]> Of(PlacedLabels photos, IEnumerable<int> rows)
    {
        var squares = new SortedDictionary<string, int[]>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            if (GridReference.FromPosition(photos.Positions[row], Edge) is not { } square)
            {
                continue;
            }

            var name = square.ToString(spaced: false);
            if (!squares.TryGetValue(name, out var counts))
            {
                squares.Add(name, counts = new int[1 + TagCatalog.Count]);
            }

            counts[0]++;
            for (var left = photos.Labels[row]; left != 0; left &= left - 1)
            {
                counts[1 + BitOperations.TrailingZeroCount(left)]++;
            }
        }

        return squares;
    }

    /// <summary>The table that a bundle carries: <c>square,photos</c> and a column a tag.</summary>
    public static string ToCsv(SortedDictionary<string, int[]> squares)
    {
        var text = new StringBuilder("square,photos,").AppendJoin(',', TagCatalog.Tags.Select(tag => tag.Id)).Append('\n');
        foreach (var (square, counts) in squares)
        {
            text.Append(square)
                .Append(',')
                .AppendJoin(',', counts.Select(count => count.ToString(CultureInfo.InvariantCulture)))
                .Append('\n');
        }

        return text.ToString();
    }
}
