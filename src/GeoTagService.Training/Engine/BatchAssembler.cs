using System.Numerics;
using System.Numerics.Tensors;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Engine;

/// <summary>Gathers rows of a data set into the dense tensors of one batch, on all cores.</summary>
internal sealed class BatchAssembler
{
    // Below this, waking other cores costs more than it brings.
    private const int RowsPerTask = 256;

    private readonly IReadOnlyList<FeatureMatrix> _parts;
    private readonly ulong[] _labels;
    private readonly int _tags;
    private readonly float _low;
    private readonly float _high;

    public BatchAssembler(TrainingData data, TrainingRecipe recipe, int tags)
    {
        _parts = data.Select(recipe.Modalities);
        _labels = data.Labels;
        _tags = tags;
        Columns = _parts.Sum(part => part.Columns);
        _low = (float)(recipe.LabelSmoothing / 2);
        _high = 1 - _low;
    }

    /// <summary>Length of an input row.</summary>
    public int Columns { get; }

    /// <summary>Writes inputs and, where wanted, smoothed targets of some rows.</summary>
    /// <param name="rows">Row numbers in the data set.</param>
    /// <param name="x">Receives rows × <see cref="Columns"/>.</param>
    /// <param name="y">Receives rows × tags; empty when not wanted.</param>
    public void Fill(ReadOnlyMemory<int> rows, Memory<float> x, Memory<float> y) =>
        ForEachSlice(
            rows.Length,
            (from, to) =>
            {
                for (var i = from; i < to; i++)
                {
                    CopyInput(rows.Span[i], x.Span.Slice(i * Columns, Columns));
                    if (!y.IsEmpty)
                    {
                        CopyTarget(_labels[rows.Span[i]], y.Span.Slice(i * _tags, _tags));
                    }
                }
            }
        );

    /// <summary>As <see cref="Fill"/>, each row mixed with a partner: λ·row + (1 − λ)·partner, inputs and targets.</summary>
    public void FillMixed(ReadOnlyMemory<int> rows, ReadOnlyMemory<int> partners, float lambda, Memory<float> x, Memory<float> y) =>
        ForEachSlice(
            rows.Length,
            (from, to) =>
            {
                var partnerInput = new float[Columns];
                var partnerTarget = new float[_tags];
                for (var i = from; i < to; i++)
                {
                    var input = x.Span.Slice(i * Columns, Columns);
                    var target = y.Span.Slice(i * _tags, _tags);
                    CopyInput(rows.Span[i], input);
                    CopyTarget(_labels[rows.Span[i]], target);
                    CopyInput(partners.Span[i], partnerInput);
                    CopyTarget(_labels[partners.Span[i]], partnerTarget);
                    TensorPrimitives.Lerp(partnerInput, input, lambda, input);
                    TensorPrimitives.Lerp(partnerTarget, target, lambda, target);
                }
            }
        );

    private static void ForEachSlice(int rows, Action<int, int> slice)
    {
        var slices = Math.Max(1, Math.Min(Environment.ProcessorCount, rows / RowsPerTask));
        if (slices == 1)
        {
            slice(0, rows);
            return;
        }

        Parallel.For(0, slices, n => slice(rows * n / slices, rows * (n + 1) / slices));
    }

    private void CopyInput(int row, Span<float> destination)
    {
        var at = 0;
        foreach (var part in _parts)
        {
            part.CopyRow(row, destination.Slice(at, part.Columns));
            at += part.Columns;
        }
    }

    private void CopyTarget(ulong labels, Span<float> destination)
    {
        destination.Fill(_low);
        for (; labels != 0; labels &= labels - 1)
        {
            destination[BitOperations.TrailingZeroCount(labels)] = _high;
        }
    }
}
