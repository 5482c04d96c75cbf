using System.Globalization;
using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Exchange;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;
using GeoTagService.Training.Calibration;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Decisions;
using GeoTagService.Training.Engine;
using GeoTagService.Training.Metrics;
using GeoTagService.Training.Places;
using GeoTagService.Training.Scoring;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Runs;

/// <summary>
/// A run in a directory. It leaves <c>NAME.onnx</c> (the head as it is served), an entry in <c>heads.json</c> (its scores
/// and thresholds, as bundles are built from), <c>NAME.settings.json</c>, <c>NAME.log.jsonl</c> (a line an epoch) and
/// <c>NAME.checkpoint</c>, and <c>label-sets.csv</c> with the label sets of the photos it learnt from. Several runs may
/// share a directory, one after another.
/// </summary>
public static class TrainingRun
{
    private const float DefaultThreshold = 0.5f;
    private const string MembersFolder = "members";

    /// <summary>Trains a head, or several that are averaged: each of those leaves its own files in <c>members/SEED</c>.</summary>
    /// <param name="data">The photos.</param>
    /// <param name="settings">How.</param>
    /// <param name="directory">Where its files go; made when absent.</param>
    /// <param name="resume">Whether to go on from the checkpoint where there is one.</param>
    /// <param name="onEpoch">Told after every epoch.</param>
    /// <param name="threads">Threads of the engine; 0 takes every core.</param>
    /// <param name="export">Further formats that the head is written in, as <c>NAME.pth</c> or <c>NAME.safetensors</c>.</param>
    /// <param name="places">Where the place prior comes from, for a head whose settings name that encoder.</param>
    /// <param name="cancellationToken">Stops between two batches; the checkpoint of the last epoch stays.</param>
    /// <exception cref="InvalidDataException">The checkpoint is damaged or of other settings.</exception>
    public static TrainingResult Execute(
        TrainingData data,
        RunSettings settings,
        string directory,
        bool resume = false,
        Action<EpochReport>? onEpoch = null,
        int threads = 0,
        IReadOnlyCollection<HeadFormat>? export = null,
        BundlePlaces? places = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(settings);
        Directory.CreateDirectory(directory);
        var split = data.Split(settings.SplitSeed, settings.ValidationShare, settings.MostTags, settings.HeldOutSquares);
        var result = settings.Members is { } members
            ? Averaged(
                data,
                split,
                settings,
                directory,
                members,
                seed =>
                    Execute(
                        data,
                        settings with
                        {
                            Members = null,
                            Calibrate = false,
                            TuneThresholds = false,
                            LocationEncoder = null,
                            Recipe = settings.Recipe with { Seed = seed },
                        },
                        Path.Combine(directory, MembersFolder, seed.ToString(CultureInfo.InvariantCulture)),
                        resume,
                        onEpoch,
                        threads,
                        cancellationToken: cancellationToken
                    )
            )
            : Trained(data, split, settings, directory, resume, onEpoch, threads, cancellationToken);
        return Publish(data, split, settings, directory, result, export ?? [], threads, places);
    }

    /// <summary>The average of heads trained on seeds one after another, measured as one head.</summary>
    private static TrainingResult Averaged(
        TrainingData data,
        DatasetSplit split,
        RunSettings settings,
        string directory,
        int members,
        Func<int, TrainingResult> train
    )
    {
        WriteSettings(settings, directory);
        var results = Enumerable.Range(settings.Recipe.Seed, members).Select(train).ToList();
        var parameters = HeadAverage.Of([.. results.Select(result => result.Parameters)]);
        using var scorer = new HeadScorer(data, settings.Recipe, parameters);
        var scores = scorer.Measure(split.Validation);
        return new TrainingResult(parameters, results[^1].Best.With(scores), []);
    }

    private static TrainingResult Trained(
        TrainingData data,
        DatasetSplit split,
        RunSettings settings,
        string directory,
        bool resume,
        Action<EpochReport>? onEpoch,
        int threads,
        CancellationToken cancellationToken
    )
    {
        string PathOf(string extension) => Path.Combine(directory, settings.Head + extension);

        var checkpointPath = PathOf(".checkpoint");
        var checkpoint = resume && File.Exists(checkpointPath) ? CheckpointFile.Read(checkpointPath, settings) : null;
        WriteSettings(settings, directory);
        using var trainer = new HeadTrainer(data, split, settings.Recipe, TagCatalog.Count, threads);

        // The log is written anew from the checkpoint, so that an epoch that was logged but not kept is not there twice.
        using var log = new StreamWriter(PathOf(".log.jsonl")) { NewLine = "\n", AutoFlush = true };
        foreach (var report in checkpoint?.Epochs ?? [])
        {
            log.WriteLine(JsonSerializer.Serialize(report, EpochJson.Default.EpochReport));
        }

        return trainer.Train(
            (report, state) =>
            {
                CheckpointFile.Write(checkpointPath, state, settings);
                log.WriteLine(JsonSerializer.Serialize(report, EpochJson.Default.EpochReport));
                onEpoch?.Invoke(report);
            },
            checkpoint,
            cancellationToken
        );
    }

    private static void WriteSettings(RunSettings settings, string directory) =>
        AtomicFile.Write(
            Path.Combine(directory, settings.Head + ".settings.json"),
            stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(settings.ToJson() + "\n"))
        );

    private static TrainingResult Publish(
        TrainingData data,
        DatasetSplit split,
        RunSettings settings,
        string directory,
        TrainingResult result,
        IReadOnlyCollection<HeadFormat> formats,
        int threads,
        BundlePlaces? places
    )
    {
        float[] thresholds = [DefaultThreshold];
        var logits = new float[split.Validation.Length * TagCatalog.Count];
        using (var scorer = new HeadScorer(data, settings.Recipe, result.Parameters, threads))
        {
            scorer.Logits(split.Validation, logits);
        }

        var labels = Array.ConvertAll(split.Validation, row => data.Labels[row]);
        if (settings.Calibrate)
        {
            var temperatures = TemperatureCalibration.Fit(logits, labels, TagCatalog.Count);
            TemperatureCalibration.Apply(result.Parameters, temperatures);
            TemperatureCalibration.Apply(logits, temperatures);
        }

        BundlePlacePrior? prior = null;
        if (settings.LocationEncoder is not null)
        {
            ArgumentNullException.ThrowIfNull(places);
            var positions = data.Positions ?? new GeoPosition?[data.Rows];
            var logOdds = PlacePriorFit.LogOddsOf(places.Prior, positions, split.Validation);
            var weights = PlacePriorFit.Fit(logits, logOdds, labels, Array.ConvertAll(split.Validation, row => positions[row]), [0f]);
            PlacePriorFit.Add(weights, logOdds, logits);
            prior = new BundlePlacePrior(places.Digest, weights);
        }

        if (settings.TuneThresholds)
        {
            thresholds = ThresholdTuning.ForMacroF1(logits, labels, TagCatalog.Count);
        }

        // What is noted is the head as it is published, with its temperatures and thresholds.
        var scores = RuleScores.Of(
            logits,
            labels,
            TagCatalog.Count,
            Array.ConvertAll(thresholds, threshold => MathF.Log(threshold / (1 - threshold)))
        );

        if (split.Training.Any(row => data.Labels[row] != 0))
        {
            LabelSetPrior
                .Count(split.Training.Select(row => data.Labels[row]), TagCatalog.Count)
                .Write(Path.Combine(directory, LabelSetPrior.FileName));
        }

        Save(settings, directory, result.Parameters, formats);
        Note(
            Path.Combine(directory, HeadNotes.FileName),
            settings.Head,
            new HeadNotes(
                scores.Threshold.ExactMatch,
                scores.Threshold.MacroF1,
                KaggleScore: null,
                thresholds,
                scores.Fallback.ExactMatch,
                scores.Fallback.MacroF1,
                DecisionRule.Threshold,
                HeldOutPhotos.Describe(settings.Data, data, split.Validation),
                prior
            )
        );
        return result with { PlacePrior = prior, Published = scores };
    }

    private static void Save(RunSettings settings, string directory, HeadParameters parameters, IReadOnlyCollection<HeadFormat> formats)
    {
        var layers = new List<HeadLayer>();
        for (var i = 0; i < parameters.Values.Count; i += 2)
        {
            var shape = parameters.Shapes[i];
            layers.Add(new HeadLayer(parameters.Values[i], parameters.Values[i + 1], (int)shape[1], (int)shape[0]));
        }

        var head = new HeadWeights(settings.Head, settings.Recipe.Kind, settings.Recipe.Modalities, settings.Recipe.MixUp, layers);
        var graph = HeadGraphWriter.Write(head, settings.EmbeddingDimension).ToBytes();
        AtomicFile.Write(Path.Combine(directory, settings.Head + ".onnx"), stream => stream.Write(graph));
        foreach (var format in formats)
        {
            AtomicFile.Write(
                Path.Combine(directory, settings.Head + BundleHeads.Extension(format)),
                stream => BundleHeads.Write(stream, head, format)
            );
        }
    }

    private static void Note(string path, string head, HeadNotes notes)
    {
        var all = new SortedDictionary<string, HeadNotes>(StringComparer.Ordinal);
        foreach (var (name, known) in HeadNotes.ReadBeside(Path.GetDirectoryName(path)!))
        {
            all[name] = known;
        }

        all[head] = notes;
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, all.ToDictionary(), RunJson.Default.DictionaryStringHeadNotes));
    }
}
