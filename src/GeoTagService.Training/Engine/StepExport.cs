using System.Runtime.InteropServices;
using GeoTagService.Training.Datasets;

namespace GeoTagService.Training.Engine;

/// <summary>
/// Writes the first steps of a run as NumPy arrays, so that another program can repeat them on the same batches, dropout and
/// MixUp and compare every number: <c>sizes</c>, <c>losses</c>, <c>lambdas</c> (one a step), <c>rows</c>, <c>partners</c> (one
/// a row of every batch), <c>kept</c> (uint8, rows × hidden width), and <c>parameters-N</c> and <c>gradients-N</c> (all arrays
/// of the head one after another) of some steps N; <c>parameters-0</c> are the initial ones.
/// </summary>
public static class StepExport
{
    /// <summary>Writes the files.</summary>
    /// <param name="directory">Where; made when absent.</param>
    /// <param name="data">The photos.</param>
    /// <param name="split">Which of them are learnt from.</param>
    /// <param name="recipe">How.</param>
    /// <param name="tags">Number of tags.</param>
    /// <param name="steps">How many, at least 1. Parameters are written after 1, 2, 10, 100, 1,000 and the last.</param>
    /// <param name="threads">Threads of the engine; 0 takes every core.</param>
    public static void Write(
        string directory,
        TrainingData data,
        DatasetSplit split,
        TrainingRecipe recipe,
        int tags,
        int steps,
        int threads = 0
    )
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        Directory.CreateDirectory(directory);
        using var trainer = new HeadTrainer(data, split, recipe, tags, threads);
        using var enough = new CancellationTokenSource();
        List<int> sizes = [],
            rows = [],
            partners = [];
        List<float> losses = [];
        List<double> lambdas = [];
        List<byte> kept = [];
        WriteArray(directory, "parameters-0", "<f4", Joined(trainer.Parameters.Values));
        trainer.Stepped = step =>
        {
            sizes.Add(step.Rows.Length);
            losses.Add(step.Loss);
            lambdas.Add(step.Lambda);
            rows.AddRange(step.Rows.Span);
            partners.AddRange(step.Partners.Span);
            foreach (var factor in step.Mask.Span)
            {
                kept.Add(factor > 0 ? (byte)1 : (byte)0);
            }

            if (sizes.Count is 1 or 2 or 10 or 100 or 1000 || sizes.Count == steps)
            {
                WriteArray(directory, $"gradients-{sizes.Count}", "<f4", Joined(step.Gradients));
                WriteArray(directory, $"parameters-{sizes.Count}", "<f4", Joined(trainer.Parameters.Values));
            }

            if (sizes.Count == steps)
            {
                enough.Cancel();
            }
        };
        for (var epoch = 0; sizes.Count < steps; epoch++)
        {
            try
            {
                trainer.TrainEpoch(epoch, enough.Token);
            }
            catch (OperationCanceledException)
            {
                // The last step that was asked for is not the last of its epoch.
            }
        }

        WriteArray(directory, "sizes", "<i4", sizes.ToArray());
        WriteArray(directory, "losses", "<f4", losses.ToArray());
        WriteArray(directory, "lambdas", "<f8", lambdas.ToArray());
        WriteArray(directory, "rows", "<i4", rows.ToArray());
        WriteArray(directory, "partners", "<i4", partners.ToArray());
        WriteArray(directory, "kept", "|u1", kept.ToArray());
    }

    private static float[] Joined(IReadOnlyList<float[]> arrays) => [.. arrays.SelectMany(array => array)];

    private static void WriteArray<T>(string directory, string name, string type, T[] values)
        where T : unmanaged
    {
        using var file = NpyExport.Create(directory, name, type, values.Length);
        file.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }
}
