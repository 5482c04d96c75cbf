using System.Numerics;
using System.Numerics.Tensors;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;

namespace GeoTagService.Training.Places;

/// <summary>
/// What photos around a place say of it, without any learning: shares of tags among the k nearest photos, or among all by a
/// Gaussian kernel. Photos count by cells of 4 km; a share has one photo of the whole country's mean beside them, so that none is zero.
/// </summary>
internal sealed class NeighbourShares
{
    private const double Cell = 0.04;
    private const float Negligible = 1e-7f;

    private readonly float[] _east;
    private readonly float[] _north;
    private readonly float[] _photos;
    private readonly float[][] _tags;
    private readonly float[] _share;

    /// <summary>Counts photos.</summary>
    /// <param name="coordinates">Coordinates of all photos.</param>
    /// <param name="labels">Labels of all photos.</param>
    /// <param name="rows">The rows that are counted.</param>
    public NeighbourShares(float[] coordinates, ulong[] labels, int[] rows)
    {
        var cells = new Dictionary<(int, int), (float Photos, float[] Tags)>();
        _share = new float[TagCatalog.Count];
        foreach (var row in rows)
        {
            var key = CellOf(coordinates, row);
            var cell = cells.GetValueOrDefault(key, (0, new float[TagCatalog.Count]));
            for (var left = labels[row]; left != 0; left &= left - 1)
            {
                cell.Tags[BitOperations.TrailingZeroCount(left)]++;
                _share[BitOperations.TrailingZeroCount(left)] += 1f / rows.Length;
            }

            cells[key] = (cell.Photos + 1, cell.Tags);
        }

        var sorted = cells.OrderBy(cell => cell.Key).ToArray();
        _east = Array.ConvertAll(sorted, cell => (float)((cell.Key.Item1 + 0.5) * Cell));
        _north = Array.ConvertAll(sorted, cell => (float)((cell.Key.Item2 + 0.5) * Cell));
        _photos = Array.ConvertAll(sorted, cell => cell.Value.Photos);
        _tags = Array.ConvertAll(sorted, cell => cell.Value.Tags);
    }

    /// <summary>Shares among the nearest photos, one array of rows × tags for each number of them.</summary>
    /// <param name="coordinates">Coordinates of all photos.</param>
    /// <param name="rows">Photos whose places are asked for.</param>
    /// <param name="nearest">Numbers of photos, rising.</param>
    public float[][] Nearest(float[] coordinates, int[] rows, int[] nearest) =>
        ByPlace(
            coordinates,
            rows,
            nearest.Length,
            (distances, results) =>
            {
                var order = Enumerable.Range(0, distances.Length).ToArray();
                Array.Sort((float[])distances.Clone(), order);
                var (photos, tags, next) = (0f, new float[TagCatalog.Count], 0);
                foreach (var cell in order)
                {
                    TensorPrimitives.Add(tags, _tags[cell], tags);
                    photos += _photos[cell];
                    for (; next < nearest.Length && photos >= nearest[next]; next++)
                    {
                        Shares(tags, photos, results[next]);
                    }

                    if (next == nearest.Length)
                    {
                        return;
                    }
                }

                for (; next < nearest.Length; next++)
                {
                    Shares(tags, photos, results[next]);
                }
            }
        );

    /// <summary>Shares by a Gaussian kernel, one array of rows × tags for each bandwidth.</summary>
    /// <param name="coordinates">Coordinates of all photos.</param>
    /// <param name="rows">Photos whose places are asked for.</param>
    /// <param name="bandwidths">Standard deviations in kilometres.</param>
    public float[][] Kernel(float[] coordinates, int[] rows, double[] bandwidths) =>
        ByPlace(
            coordinates,
            rows,
            bandwidths.Length,
            (distances, results) =>
            {
                var tags = new float[TagCatalog.Count];
                for (var i = 0; i < bandwidths.Length; i++)
                {
                    var scale = (float)(-0.5 / (bandwidths[i] / 100 * (bandwidths[i] / 100)));
                    var photos = 0f;
                    Array.Clear(tags);
                    for (var cell = 0; cell < distances.Length; cell++)
                    {
                        var weight = MathF.Exp(distances[cell] * scale);
                        if (weight > Negligible)
                        {
                            photos += weight * _photos[cell];
                            TensorPrimitives.MultiplyAdd(_tags[cell], weight, tags, tags);
                        }
                    }

                    Shares(tags, photos, results[i]);
                }
            }
        );

    private static (int East, int North) CellOf(float[] coordinates, int row) =>
        (
            (int)Math.Floor(coordinates[row * GridCoordinates.Count] / Cell),
            (int)Math.Floor(coordinates[(row * GridCoordinates.Count) + 1] / Cell)
        );

    private float[][] ByPlace(float[] coordinates, int[] rows, int results, Action<float[], float[][]> compute)
    {
        var shares = Enumerable.Range(0, results).Select(_ => new float[rows.Length * TagCatalog.Count]).ToArray();
        Parallel.ForEach(
            Enumerable.Range(0, rows.Length).GroupBy(i => CellOf(coordinates, rows[i])),
            place =>
            {
                var (east, north) = ((float)((place.Key.East + 0.5) * Cell), (float)((place.Key.North + 0.5) * Cell));
                var distances = new float[_east.Length];
                for (var i = 0; i < distances.Length; i++)
                {
                    distances[i] = ((_east[i] - east) * (_east[i] - east)) + ((_north[i] - north) * (_north[i] - north));
                }

                var found = Enumerable.Range(0, results).Select(_ => new float[TagCatalog.Count]).ToArray();
                compute(distances, found);
                foreach (var i in place)
                {
                    for (var result = 0; result < results; result++)
                    {
                        found[result].CopyTo(shares[result], i * TagCatalog.Count);
                    }
                }
            }
        );
        return shares;
    }

    private void Shares(float[] tags, float photos, float[] shares)
    {
        for (var tag = 0; tag < shares.Length; tag++)
        {
            shares[tag] = (tags[tag] + _share[tag]) / (photos + 1);
        }
    }
}
