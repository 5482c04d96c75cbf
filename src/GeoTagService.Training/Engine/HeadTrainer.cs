using GeoTagService.Onnx;
using GeoTagService.Training.Datasets;

namespace GeoTagService.Training.Engine;

/// <summary>
/// Trains one head by a recipe. All randomness comes from the recipe's seed and the epoch's number, so that a run gives
/// the same head every time on the same number of threads, and one that goes on from a checkpoint ends where an
/// uninterrupted one does.
/// </summary>
public sealed class HeadTrainer : IDisposable
{
    private readonly DatasetSplit _split;
    private readonly TrainingRecipe _recipe;
    private readonly TimeProvider _time;
    private readonly HeadParameters _parameters;
    private readonly AdamW _optimizer;
    private readonly BatchAssembler _assembler;
    private readonly OnnxGraphRunner _runner;
    private readonly HeadScorer _scorer;
    private readonly float[] _x;
    private readonly float[] _y;
    private readonly float[] _mask;
    private readonly float[] _loss = new float[1];
    private readonly float[] _scale = new float[1];
    private readonly float[][] _gradients;
    private int _boundRows;

    /// <summary>Prepares a run.</summary>
    /// <param name="data">The photos.</param>
    /// <param name="split">Which rows are learnt from and which are held out.</param>
    /// <param name="recipe">How.</param>
    /// <param name="tags">Number of tags.</param>
    /// <param name="threads">Threads of the engine; 0 takes every core.</param>
    /// <param name="time">Clock for the reports.</param>
    public HeadTrainer(TrainingData data, DatasetSplit split, TrainingRecipe recipe, int tags, int threads = 0, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(recipe);
        if (split.Training.Length == 0 || split.Validation.Length == 0)
        {
            throw new ArgumentException("both sides of the split need at least one row", nameof(split));
        }

        _split = split;
        _recipe = recipe;
        _time = time ?? TimeProvider.System;
        _assembler = new BatchAssembler(data, recipe, tags);
        _parameters = HeadParameters.Initial(recipe.Kind, _assembler.Columns, recipe.HiddenWidth, tags, recipe.Seed);
        _optimizer = new AdamW(_parameters);
        _gradients = [.. _parameters.Values.Select(array => new float[array.Length])];
        var batch = Math.Min(recipe.BatchSize, split.Training.Length);
        _x = new float[batch * _assembler.Columns];
        _y = new float[batch * tags];
        _mask = new float[batch * _parameters.Hidden];
        _runner = new OnnxGraphRunner(TrainingGraph.Training(_parameters, recipe), threads);
        _scorer = new HeadScorer(data, recipe, _parameters, threads);
        BindFixed();
    }

    internal HeadParameters Parameters => _parameters;

    internal AdamW Optimizer => _optimizer;

    /// <summary>Told after every step; what it is given changes with the next.</summary>
    internal Action<TrainingStep>? Stepped { get; set; }

    /// <summary>Trains until the epochs or the patience end.</summary>
    /// <param name="onEpoch">Called after every epoch; returns null, or where to go on is written by the caller.</param>
    /// <param name="resumeFrom">A checkpoint of the same recipe, or null to start anew.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    public TrainingResult Train(
        Action<EpochReport, TrainingCheckpoint>? onEpoch = null,
        TrainingCheckpoint? resumeFrom = null,
        CancellationToken cancellationToken = default
    )
    {
        var reports = new List<EpochReport>();
        var best = _parameters.Copy();
        EpochReport? bestReport = null;
        if (resumeFrom is not null)
        {
            resumeFrom.Restore(_parameters, _optimizer, best);
            reports.AddRange(resumeFrom.Epochs);
            bestReport = reports.LastOrDefault(report => report.IsBest);
        }

        for (var epoch = reports.Count; epoch < _recipe.Epochs; epoch++)
        {
            if (bestReport is not null && epoch - 1 - bestReport.Epoch >= _recipe.Patience)
            {
                break;
            }

            var start = _time.GetTimestamp();
            var loss = TrainEpoch(epoch, cancellationToken);
            var scores = _scorer.Measure(_split.Validation);
            var isBest = bestReport is null || scores.By(_recipe.Decision).ExactMatch > bestReport.ExactMatchBy(_recipe.Decision);
            var report = new EpochReport(epoch, _recipe.LearningRateAt(epoch), loss, 0, 0, 0, 0, isBest, _time.GetElapsedTime(start)).With(
                scores
            );
            reports.Add(report);
            if (isBest)
            {
                bestReport = report;
                best.CopyFrom(_parameters);
            }

            onEpoch?.Invoke(report, TrainingCheckpoint.Of(_parameters, _optimizer, best, reports));
        }

        return bestReport is null
            ? throw new InvalidOperationException("the recipe has no epoch to run")
            : new TrainingResult(best, bestReport, reports);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runner.Dispose();
        _scorer.Dispose();
    }

    /// <summary>One pass over the training rows.</summary>
    /// <returns>Mean loss over the rows.</returns>
    internal double TrainEpoch(int epoch, CancellationToken cancellationToken = default)
    {
        var random = new Random(HashSeed(_recipe.Seed, epoch));
        var order = (int[])_split.Training.Clone();
        random.Shuffle(order);
        var learningRate = _recipe.LearningRateAt(epoch);
        var sum = 0.0;
        for (var from = 0; from < order.Length; from += _recipe.BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = order.AsMemory(from, Math.Min(_recipe.BatchSize, order.Length - from));
            Bind(rows.Length);
            int[] partners = [];
            var lambda = 1.0;
            if (_recipe.MixUp)
            {
                partners = rows.ToArray();
                random.Shuffle(partners);
                lambda = MixUp.Draw(random, _recipe.MixUpAlpha);
                _assembler.FillMixed(rows, partners, (float)lambda, _x, _y);
            }
            else
            {
                _assembler.Fill(rows, _x, _y);
            }

            DrawMask(random, rows.Length);
            _runner.Run();
            sum += _loss[0] * (double)rows.Length;
            _optimizer.Step(_parameters, _gradients, learningRate, _recipe.WeightDecay);
            Stepped?.Invoke(
                new TrainingStep(rows, partners, lambda, _mask.AsMemory(0, rows.Length * _parameters.Hidden), _loss[0], _gradients)
            );
        }

        return sum / order.Length;
    }

    private static int HashSeed(int seed, int epoch) => unchecked((int)(((uint)seed * 2654435761u) ^ ((uint)epoch * 40503u)));

    private void DrawMask(Random random, int rows)
    {
        if (_parameters.Hidden == 0)
        {
            return;
        }

        var mask = _mask.AsSpan(0, rows * _parameters.Hidden);
        var kept = (float)(1 / (1 - _recipe.Dropout));
        Span<byte> bytes = stackalloc byte[512];
        var cut = (int)Math.Round(_recipe.Dropout * 256);
        for (var from = 0; from < mask.Length; from += bytes.Length)
        {
            random.NextBytes(bytes);
            var slice = mask.Slice(from, Math.Min(bytes.Length, mask.Length - from));
            for (var i = 0; i < slice.Length; i++)
            {
                slice[i] = bytes[i] < cut ? 0 : kept;
            }
        }
    }

    private void BindFixed()
    {
        for (var i = 0; i < _parameters.Names.Count; i++)
        {
            var name = _parameters.Names[i];
            _runner.BindInput(name, _parameters.Values[i], [.. _parameters.Shapes[i]]);
            _runner.BindOutput(TrainingGraph.GradientOf(name), _gradients[i], [.. _parameters.Shapes[i]]);
        }

        _runner.BindInput(TrainingGraph.Scale, _scale);
        _runner.BindOutput(TrainingGraph.Loss, _loss);
    }

    private void Bind(int rows)
    {
        if (_boundRows == rows)
        {
            return;
        }

        _boundRows = rows;
        var tags = _parameters.Tags;
        _scale[0] = 1f / (rows * tags);
        _runner.BindInput(TrainingGraph.Input, _x.AsMemory(0, rows * _assembler.Columns), rows, _assembler.Columns);
        _runner.BindInput(TrainingGraph.Target, _y.AsMemory(0, rows * tags), rows, tags);
        if (_parameters.Hidden > 0)
        {
            _runner.BindInput(TrainingGraph.Mask, _mask.AsMemory(0, rows * _parameters.Hidden), rows, _parameters.Hidden);
        }
    }
}
