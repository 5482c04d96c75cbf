using GeoTagService.Core;
using GeoTagService.Core.Tags;
using GeoTagService.Onnx;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Decisions;
using GeoTagService.Training.Metrics;
using GeoTagService.Training.Storage;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Training.Scoring;

/// <summary>Runs a served head's graph over rows of a data set. Not safe for use from several threads.</summary>
public sealed class GraphScorer : IDisposable
{
    private const int Batch = 1024;

    private readonly List<(string Name, FeatureMatrix Matrix, float[] Buffer)> _inputs = [];
    private readonly OnnxGraphRunner _runner;
    private readonly float[] _logits = new float[Batch * TagCatalog.Count];
    private readonly float[] _probabilities = new float[Batch * TagCatalog.Count];
    private readonly float[] _thresholds;
    private readonly LabelSetPrior? _labelSets;
    private readonly IReadOnlyList<float>? _weights;
    private readonly IReadOnlyList<GeoPosition?>? _positions;
    private readonly BundlePlaces? _places;

    /// <summary>Loads a head over a data set.</summary>
    /// <exception cref="InvalidOperationException">The set lacks a part that the head takes.</exception>
    /// <exception cref="BundleException">Its graph cannot be loaded, or the location encoder of its prior is missing.</exception>
    public GraphScorer(HeadFile head, TrainingData data, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(data);
        var names = new[] { (Modalities.Image, "image_embeds"), (Modalities.Title, "text_embeds"), (Modalities.Location, "location") }
            .Where(part => head.Modalities.HasFlag(part.Item1))
            .Select(part => part.Item2);
        foreach (var (name, matrix) in names.Zip(data.Select(head.Modalities)))
        {
            _inputs.Add((name, matrix, new float[Batch * matrix.Columns]));
        }

        _labelSets = head.LabelSets;
        _thresholds = [.. Enumerable.Range(0, TagCatalog.Count).Select(tag => head.Thresholds[head.Thresholds.Count == 1 ? 0 : tag])];
        try
        {
            _runner = new OnnxGraphRunner(head.Graph, threads);
        }
        catch (OnnxRuntimeException fault)
        {
            throw new BundleException(
                $"the graph of head {head.Name} cannot be loaded, its file is cut or damaged: {fault.Message}",
                fault
            );
        }

        if (head.PlacePrior is not { } prior)
        {
            return;
        }

        try
        {
            _places = BundlePlaces.Open(
                head.Places ?? throw new BundleException($"{head.Name} takes a prior of places, and its location encoder is not there")
            );
            (_weights, _positions) = (prior.Weights, data.Positions);
        }
        catch
        {
            _runner.Dispose();
            throw;
        }
    }

    /// <summary>Probabilities of rows, in their order.</summary>
    /// <param name="rows">Row numbers in the data set.</param>
    /// <param name="probabilities">Receives rows × tags.</param>
    public void Score(ReadOnlySpan<int> rows, Span<float> probabilities)
    {
        for (var from = 0; from < rows.Length; from += Batch)
        {
            var part = rows[from..Math.Min(rows.Length, from + Batch)];
            foreach (var (name, matrix, buffer) in _inputs)
            {
                for (var i = 0; i < part.Length; i++)
                {
                    matrix.CopyRow(part[i], buffer.AsSpan(i * matrix.Columns, matrix.Columns));
                }

                _runner.BindInput(name, buffer.AsMemory(0, part.Length * matrix.Columns), part.Length, matrix.Columns);
            }

            var count = part.Length * TagCatalog.Count;
            _runner.BindOutput("logits", _logits.AsMemory(0, count), part.Length, TagCatalog.Count);
            _runner.BindOutput("probabilities", _probabilities.AsMemory(0, count), part.Length, TagCatalog.Count);
            _runner.Run();
            if (_positions is not null)
            {
                var places = new GeoPosition?[part.Length];
                for (var i = 0; i < part.Length; i++)
                {
                    places[i] = _positions[part[i]];
                }

                _places!.Prior.Add(_weights!, places, _logits.AsSpan(0, count), _probabilities.AsSpan(0, count));
            }

            _probabilities.AsSpan(0, count).CopyTo(probabilities[(from * TagCatalog.Count)..]);
        }
    }

    /// <summary>Decides one photo at the head's thresholds by one of the rules, unless the head decides whole sets, which
    /// are never empty. Safe for use from several threads.</summary>
    /// <param name="probabilities">One per tag.</param>
    /// <param name="rule">Whether the most probable tag stands in where none is above its threshold.</param>
    public ulong Decide(ReadOnlySpan<float> probabilities, DecisionRule rule)
    {
        if (_labelSets is not null)
        {
            return _labelSets.Decide(probabilities);
        }

        var above = LabelSet.Above(probabilities, _thresholds);
        return rule == DecisionRule.Fallback ? LabelSet.OrHighest(above, probabilities) : above;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runner.Dispose();
        _places?.Dispose();
    }
}
