using GeoTagService.Core;
using GeoTagService.Core.Places;
using GeoTagService.Training.Datasets;

namespace GeoTagService.Training.Places;

/// <summary>Holds out whole squares of the national grids, so that no photo that is measured on has a neighbour across the street
/// among those that were learnt from.</summary>
internal static class SpatialBlocks
{
    /// <summary>Splits rows by the squares that they lie in.</summary>
    /// <param name="positions">Positions of all photos.</param>
    /// <param name="rows">The rows that are split.</param>
    /// <param name="edge">Edge of a square in metres.</param>
    /// <param name="share">Share of the squares that is held out, at least one.</param>
    /// <param name="seed">Draws them.</param>
    /// <exception cref="RunFailureException">They lie in fewer than two squares: nothing would be left to learn from.</exception>
    public static DatasetSplit Hold(IReadOnlyList<GeoPosition> positions, IReadOnlyList<int> rows, int edge, double share, int seed)
    {
        var squares = new Dictionary<GridReference, List<int>>();
        foreach (var row in rows)
        {
            if (GridReference.FromPosition(positions[row], edge) is { } square)
            {
                if (!squares.TryGetValue(square, out var within))
                {
                    squares.Add(square, within = []);
                }

                within.Add(row);
            }
        }

        if (squares.Count < 2)
        {
            throw new RunFailureException(
                RunFailure.Request,
                $"{rows.Count} photos lie in {squares.Count} of the squares of {edge / 1000} km, of which some are held out whole and some learnt from; "
                    + "more squares are needed, or smaller ones"
            );
        }

        var order = squares.Keys.OrderBy(square => square.ToString(), StringComparer.Ordinal).ToArray();
        new Random(seed).Shuffle(order);
        var held = Math.Max(1, (int)Math.Round(order.Length * share));
        return new DatasetSplit(
            [.. order.Skip(held).SelectMany(square => squares[square]).Order()],
            [.. order.Take(held).SelectMany(square => squares[square]).Order()]
        );
    }

    /// <summary>Some of the rows, drawn by a seed, where there are more.</summary>
    public static int[] Some(int[] rows, int most, int seed)
    {
        if (rows.Length <= most)
        {
            return rows;
        }

        var drawn = (int[])rows.Clone();
        new Random(seed).Shuffle(drawn);
        Array.Sort(drawn, 0, most);
        return drawn[..most];
    }
}
