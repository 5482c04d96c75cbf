using GeoTagService.Onnx;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Metrics;

namespace GeoTagService.Training.Engine;

/// <summary>Runs a head over rows of a data set, in batches, on the engine that serves.</summary>
public sealed class HeadScorer : IDisposable
{
    private readonly ulong[] _labels;
    private readonly HeadParameters _parameters;
    private readonly BatchAssembler _assembler;
    private readonly OnnxGraphRunner _runner;
    private readonly float[] _x;
    private readonly float[] _logits;
    private readonly int _batch;

    /// <summary>Prepares a scorer; it reads the parameters anew at every run, so that training can go on in them.</summary>
    /// <param name="data">Where the rows are.</param>
    /// <param name="recipe">Modalities of the head.</param>
    /// <param name="parameters">The head.</param>
    /// <param name="threads">Threads; 0 takes every core.</param>
    public HeadScorer(TrainingData data, TrainingRecipe recipe, HeadParameters parameters, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(parameters);
        _labels = data.Labels;
        _parameters = parameters;
        _assembler = new BatchAssembler(data, recipe, parameters.Tags);
        _batch = Math.Max(1, Math.Min(recipe.BatchSize, data.Rows));
        _x = new float[_batch * _assembler.Columns];
        _logits = new float[_batch * parameters.Tags];
        _runner = new OnnxGraphRunner(TrainingGraph.Forward(parameters), threads);
        for (var i = 0; i < parameters.Names.Count; i++)
        {
            _runner.BindInput(parameters.Names[i], parameters.Values[i], [.. parameters.Shapes[i]]);
        }
    }

    /// <summary>Logits of rows, in their order.</summary>
    /// <param name="rows">Row numbers in the data set.</param>
    /// <param name="logits">Receives rows × tags.</param>
    public void Logits(ReadOnlyMemory<int> rows, Span<float> logits)
    {
        var tags = _parameters.Tags;
        for (var from = 0; from < rows.Length; from += _batch)
        {
            var count = Math.Min(_batch, rows.Length - from);
            _runner.BindInput(TrainingGraph.Input, _x.AsMemory(0, count * _assembler.Columns), count, _assembler.Columns);
            _runner.BindOutput(TrainingGraph.Logits, _logits.AsMemory(0, count * tags), count, tags);
            _assembler.Fill(rows.Slice(from, count), _x, Memory<float>.Empty);
            _runner.Run();
            _logits.AsSpan(0, count * tags).CopyTo(logits[(from * tags)..]);
        }
    }

    /// <summary>Scores of rows at thresholds of 0.5, by both rules.</summary>
    /// <param name="rows">Row numbers in the data set.</param>
    public RuleScores Measure(int[] rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var tags = _parameters.Tags;
        var logits = new float[rows.Length * tags];
        Logits(rows, logits);
        return RuleScores.Of(logits, Array.ConvertAll(rows, row => _labels[row]), tags, [0f]);
    }

    /// <inheritdoc/>
    public void Dispose() => _runner.Dispose();
}
