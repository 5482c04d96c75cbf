using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;

namespace GeoTagService.Training.Places;

/// <summary>
/// A bound for every way of expecting tags in a region without photos: the true log-odds at places around it are given, and carried
/// into it by Gaussian process regression with the length scales that the world is drawn with.
/// </summary>
internal static class KnownElsewhere
{
    // The world's large-scale fields are correlated over 100 to 300 km.
    private static readonly double[] LengthScales = [1, 1.7, 3];
    private const double Nugget = 1e-3;
    private const float Least = 1e-6f;

    /// <summary>Carries shares into places.</summary>
    /// <param name="known">Coordinates of places where shares are known, rows × 4.</param>
    /// <param name="shares">Shares there, rows × tags.</param>
    /// <param name="wanted">Coordinates of places, rows × 4.</param>
    /// <returns>Probabilities, rows × tags.</returns>
    public static float[] Carry(float[] known, float[] shares, float[] wanted)
    {
        var (rows, tags) = (known.Length / GridCoordinates.Count, TagCatalog.Count);
        var kernel = new double[rows * rows];
        Parallel.For(
            0,
            rows,
            i =>
            {
                for (var j = 0; j < rows; j++)
                {
                    kernel[(i * rows) + j] = Alike(known, i, known, j) + (i == j ? Nugget : 0);
                }
            }
        );
        var means = new double[tags];
        var values = new double[rows * tags];
        for (var i = 0; i < values.Length; i++)
        {
            var inside = Math.Clamp(shares[i], Least, 1 - Least);
            values[i] = Math.Log(inside / (1 - inside));
            means[i % tags] += values[i] / rows;
        }

        for (var i = 0; i < values.Length; i++)
        {
            values[i] -= means[i % tags];
        }

        Solve(kernel, values, rows, tags);
        var found = new float[wanted.Length / GridCoordinates.Count * tags];
        Parallel.For(
            0,
            wanted.Length / GridCoordinates.Count,
            place =>
            {
                var sums = (double[])means.Clone();
                for (var i = 0; i < rows; i++)
                {
                    var alike = Alike(wanted, place, known, i);
                    for (var tag = 0; tag < tags; tag++)
                    {
                        sums[tag] += alike * values[(i * tags) + tag];
                    }
                }

                for (var tag = 0; tag < tags; tag++)
                {
                    found[(place * tags) + tag] = (float)(1 / (1 + Math.Exp(-sums[tag])));
                }
            }
        );
        return found;
    }

    private static double Alike(float[] a, int i, float[] b, int j)
    {
        var east = a[i * GridCoordinates.Count] - b[j * GridCoordinates.Count];
        var north = a[(i * GridCoordinates.Count) + 1] - b[(j * GridCoordinates.Count) + 1];
        var sum = 0.0;
        foreach (var scale in LengthScales)
        {
            sum += Math.Exp(-((east * east) + (north * north)) / (2 * scale * scale));
        }

        return sum / LengthScales.Length;
    }

    /// <summary>Cholesky's decomposition in place, then both triangles for all right-hand sides at once.</summary>
    private static void Solve(double[] matrix, double[] values, int rows, int columns)
    {
        for (var k = 0; k < rows; k++)
        {
            var diagonal = Math.Sqrt(matrix[(k * rows) + k]);
            matrix[(k * rows) + k] = diagonal;
            for (var i = k + 1; i < rows; i++)
            {
                matrix[(i * rows) + k] /= diagonal;
            }

            var column = k;
            Parallel.For(
                k + 1,
                rows,
                i =>
                {
                    var factor = matrix[(i * rows) + column];
                    for (var j = column + 1; j <= i; j++)
                    {
                        matrix[(i * rows) + j] -= factor * matrix[(j * rows) + column];
                    }
                }
            );
        }

        for (var i = 0; i < rows; i++)
        {
            Eliminate(i, Enumerable.Range(0, i), (other) => matrix[(i * rows) + other]);
        }

        for (var i = rows - 1; i >= 0; i--)
        {
            Eliminate(i, Enumerable.Range(i + 1, rows - i - 1), (other) => matrix[(other * rows) + i]);
        }

        void Eliminate(int row, IEnumerable<int> others, Func<int, double> factorOf)
        {
            var own = values.AsSpan(row * columns, columns);
            foreach (var other in others)
            {
                var factor = factorOf(other);
                var their = values.AsSpan(other * columns, columns);
                for (var column = 0; column < columns; column++)
                {
                    own[column] -= factor * their[column];
                }
            }

            for (var column = 0; column < columns; column++)
            {
                own[column] /= matrix[(row * rows) + row];
            }
        }
    }
}
