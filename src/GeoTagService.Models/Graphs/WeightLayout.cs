namespace GeoTagService.Models.Graphs;

/// <summary>Rearranges weights from PyTorch's order to the order in which a graph multiplies with them.</summary>
internal static class WeightLayout
{
    /// <summary>A [rows, columns] matrix as [columns, rows].</summary>
    public static float[] Transpose(ReadOnlySpan<float> matrix, int rows, int columns)
    {
        if (matrix.Length != rows * columns)
        {
            throw new ArgumentException($"{matrix.Length} values are not {rows} × {columns}", nameof(matrix));
        }

        // Blocks keep both sides within the cache; a plain double loop takes seconds on the full model.
        const int Block = 32;
        var result = new float[matrix.Length];
        for (var top = 0; top < rows; top += Block)
        {
            for (var left = 0; left < columns; left += Block)
            {
                var bottom = Math.Min(top + Block, rows);
                var right = Math.Min(left + Block, columns);
                for (var row = top; row < bottom; row++)
                {
                    for (var column = left; column < right; column++)
                    {
                        result[(column * rows) + row] = matrix[(row * columns) + column];
                    }
                }
            }
        }

        return result;
    }

    /// <summary>The values, each multiplied.</summary>
    public static float[] Scale(ReadOnlySpan<float> values, float factor)
    {
        var result = new float[values.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = values[i] * factor;
        }

        return result;
    }
}
