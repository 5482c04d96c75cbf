using System.Numerics.Tensors;

namespace GeoTagService.Training.Storage;

/// <summary>Rows of equal length that training reads in random order. Implementations are safe for parallel reads.</summary>
public abstract class FeatureMatrix
{
    /// <summary>Creates a matrix of a fixed size.</summary>
    protected FeatureMatrix(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        Rows = rows;
        Columns = columns;
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Length of a row.</summary>
    public int Columns { get; }

    /// <summary>Copies one row, widened to float32.</summary>
    /// <param name="row">0 to <see cref="Rows"/> − 1.</param>
    /// <param name="destination">Exactly <see cref="Columns"/> long.</param>
    public abstract void CopyRow(int row, Span<float> destination);
}

/// <summary>A matrix of float16 in memory: half the size, which is what lets 500,000 × 1,026 fit a laptop.</summary>
/// <param name="values">Row-major values.</param>
/// <param name="columns">Length of a row.</param>
public sealed class HalfFeatureMatrix(Half[] values, int columns) : FeatureMatrix(values.Length / columns, columns)
{
    /// <inheritdoc/>
    public override void CopyRow(int row, Span<float> destination) =>
        TensorPrimitives.ConvertToSingle(values.AsSpan(row * Columns, Columns), destination);
}

/// <summary>A matrix of float32 in memory.</summary>
/// <param name="values">Row-major values.</param>
/// <param name="columns">Length of a row.</param>
public sealed class SingleFeatureMatrix(float[] values, int columns) : FeatureMatrix(values.Length / columns, columns)
{
    /// <inheritdoc/>
    public override void CopyRow(int row, Span<float> destination) => values.AsSpan(row * Columns, Columns).CopyTo(destination);
}
