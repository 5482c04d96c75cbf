using System.Numerics.Tensors;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Calibration;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Engine;

namespace GeoTagService.Training.Places;

/// <summary>What a training of a location encoder made.</summary>
/// <param name="Encoder">The encoder.</param>
/// <param name="Losses">Mean log loss on held-out blocks by finest period, by which that was chosen.</param>
/// <param name="Temperature">What its logits were divided by, fitted on the same blocks.</param>
/// <param name="Strengths">How many photos its expectation of each tag is worth in a square that it has not seen.</param>
public sealed record LocationTraining(
    LocationEncoder Encoder,
    IReadOnlyDictionary<double, double> Losses,
    double Temperature,
    IReadOnlyList<float> Strengths
);

/// <summary>
/// Trains location encoders. How fine the waves may be is chosen on blocks that are held out among the photos learnt from, and one
/// temperature is fitted there: away from photos a network is surer of itself than it should be.
/// </summary>
public static class LocationEncoderTrainer
{
    private const int InnerSplits = 2;
    private const int MembersOfCalibration = 2;
    private const double InnerShare = 0.2;
    private const int MostChosenOn = 40_000;
    private const int MostMeasuredOn = 10_000;

    /// <summary>Trains one.</summary>
    /// <param name="photos">The photos.</param>
    /// <param name="rows">Rows learnt from, or null for all.</param>
    /// <param name="recipe">How.</param>
    /// <param name="threads">Threads of the engine; 0 takes every core.</param>
    /// <param name="progress">Told what is done.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    public static LocationTraining Train(
        PlacedLabels photos,
        int[]? rows,
        LocationEncoderRecipe recipe,
        int threads = 0,
        IProgress<string>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(photos);
        ArgumentNullException.ThrowIfNull(recipe);
        rows ??= [.. Enumerable.Range(0, photos.Rows)];
        var coordinates = photos.Coordinates();
        var splits = InnerSplitsOf(photos, rows, recipe);
        var losses = new Dictionary<double, double>();
        var quick = recipe with { Steps = Math.Max(1, recipe.Steps / 2), FewestEpochs = 1 };
        foreach (var period in recipe.Periods)
        {
            var sinusoids = new PlaceSinusoids(period, recipe.Roughness);
            var data = LocationEncoder.DataOf(sinusoids, coordinates, photos.Labels);
            losses[period] = splits.Average(split => HeldOutLoss(data, split, quick, HeadKind.Mlp, threads, cancellationToken).Loss);
            progress?.Report($"waves down to {period:0} km: log loss {losses[period]:0.00000} on blocks held out");
        }

        var finest = losses.MinBy(pair => pair.Value).Key;
        var chosen = new PlaceSinusoids(finest, recipe.Roughness);
        var all = LocationEncoder.DataOf(chosen, coordinates, photos.Labels);
        var logits = new List<float>();
        var labels = new List<ulong>();
        var unseen = new List<(HeadParameters Members, SortedDictionary<string, int[]> Squares)>();
        foreach (var split in splits)
        {
            var members = Enumerable
                .Range(0, Math.Min(recipe.Members, MembersOfCalibration))
                .Select(member => TrainMember(all, split.Training, recipe, HeadKind.Mlp, recipe.Seed + member, threads, cancellationToken))
                .ToList();
            var together = HeadAverage.Of(members);
            unseen.Add((together, SquareCounts.Of(photos, split.Validation)));
            logits.AddRange(LogitsOf(all, split.Validation, recipe, together, threads));
            labels.AddRange(split.Validation.Select(row => photos.Labels[row]));
        }

        var temperature = Temperature([.. logits], [.. labels]);
        progress?.Report(
            $"training {recipe.Members} networks on {rows.Length} photos, waves down to {finest:0} km, temperature {temperature:0.00}"
        );
        var average = HeadAverage.Of([
            .. Enumerable
                .Range(0, recipe.Members)
                .Select(member => TrainMember(all, rows, recipe, HeadKind.Mlp, recipe.Seed + member, threads, cancellationToken)),
        ]);
        Recentre(average, temperature, all, rows, recipe, threads);
        return new LocationTraining(
            new LocationEncoder(chosen, average, LocationEncoder.RecipeOf(recipe, HeadKind.Mlp, recipe.Seed)),
            losses,
            temperature,
            Strengths(unseen, chosen, temperature, recipe, threads)
        );
    }

    private static float[] Strengths(
        List<(HeadParameters Members, SortedDictionary<string, int[]> Squares)> unseen,
        PlaceSinusoids sinusoids,
        double temperature,
        LocationEncoderRecipe recipe,
        int threads
    )
    {
        var squares = new List<int[]>();
        var expected = new List<float>();
        foreach (var (members, counts) in unseen)
        {
            var data = LocationEncoder.DataOf(sinusoids, ExpectationStrength.Centres(counts.Keys), null);
            int[] rows = [.. Enumerable.Range(0, data.Rows)];
            Recentre(members, temperature, data, rows, recipe, threads);
            var logits = LogitsOf(data, rows, recipe, members, threads);
            TensorPrimitives.Sigmoid(logits, logits);
            squares.AddRange(counts.Values);
            expected.AddRange(logits);
        }

        return ExpectationStrength.Fit(squares, [.. expected]);
    }

    /// <summary>Splits of some of the rows into inner training and inner blocks.</summary>
    internal static List<DatasetSplit> InnerSplitsOf(PlacedLabels photos, int[] rows, LocationEncoderRecipe recipe)
    {
        var some = SpatialBlocks.Some(rows, MostChosenOn, recipe.Seed);
        return
        [
            .. Enumerable
                .Range(1, InnerSplits)
                .Select(split => SpatialBlocks.Hold(photos.Positions, some, recipe.BlockEdge, InnerShare, recipe.Seed + split))
                .Where(split => split.Training.Length > 0)
                .Select(split => split with { Validation = SpatialBlocks.Some(split.Validation, MostMeasuredOn, recipe.Seed) }),
        ];
    }

    internal static (double Loss, float[] Logits) HeldOutLoss(
        TrainingData data,
        DatasetSplit split,
        LocationEncoderRecipe recipe,
        HeadKind kind,
        int threads,
        CancellationToken cancellationToken
    )
    {
        var parameters = TrainMember(data, split.Training, recipe, kind, recipe.Seed, threads, cancellationToken);
        var logits = LogitsOf(data, split.Validation, recipe, parameters, threads);
        return (PlaceScores.LogLossOf(logits, Array.ConvertAll(split.Validation, row => data.Labels[row])), logits);
    }

    internal static HeadParameters TrainMember(
        TrainingData data,
        int[] rows,
        LocationEncoderRecipe recipe,
        HeadKind kind,
        int seed,
        int threads,
        CancellationToken cancellationToken
    )
    {
        using var trainer = new HeadTrainer(
            data,
            new DatasetSplit(rows, rows[..1]),
            LocationEncoder.RecipeOf(recipe, kind, seed, rows.Length),
            TagCatalog.Count,
            threads
        );
        StartAtShares(trainer.Parameters.Values[^1], data.Labels, rows);
        for (var epoch = 0; epoch < recipe.EpochsFor(rows.Length); epoch++)
        {
            trainer.TrainEpoch(epoch, cancellationToken);
        }

        return trainer.Parameters.Copy();
    }

    internal static float[] LogitsOf(TrainingData data, int[] rows, LocationEncoderRecipe recipe, HeadParameters parameters, int threads)
    {
        var kind = parameters.Kind;
        var logits = new float[rows.Length * parameters.Tags];
        using var scorer = new HeadScorer(
            data,
            LocationEncoder.RecipeOf(recipe, kind, recipe.Seed) with
            {
                HiddenWidth = Math.Max(1, parameters.Hidden),
            },
            parameters,
            threads
        );
        scorer.Logits(rows, logits);
        return logits;
    }

    /// <summary>A network begins with the shares of the whole country, and learns from there what places change.</summary>
    private static void StartAtShares(float[] bias, ulong[] labels, int[] rows)
    {
        for (var tag = 0; tag < bias.Length; tag++)
        {
            var carried = rows.Count(row => (labels[row] >> tag & 1) != 0) + 0.5;
            bias[tag] = (float)Math.Log(carried / (rows.Length + 1 - carried));
        }
    }

    /// <summary>One temperature for all tags around each tag's mean logit: few blocks settle no more than that.</summary>
    private static double Temperature(float[] logits, ulong[] labels)
    {
        var means = MeanLogits(logits);
        var (best, least) = (1.0, double.PositiveInfinity);
        var scaled = new float[logits.Length];
        for (var temperature = 0.8; temperature <= 60; temperature *= temperature < 2 ? 1.08 : 1.4)
        {
            for (var i = 0; i < scaled.Length; i++)
            {
                var mean = means[i % means.Length];
                scaled[i] = mean + ((logits[i] - mean) / (float)temperature);
            }

            var loss = PlaceScores.LogLossOf(scaled, labels);
            if (loss < least)
            {
                (best, least) = (temperature, loss);
            }
        }

        return best;
    }

    /// <summary>Draws logits towards their means over the photos.</summary>
    private static void Recentre(
        HeadParameters parameters,
        double temperature,
        TrainingData data,
        int[] rows,
        LocationEncoderRecipe recipe,
        int threads
    )
    {
        var means = MeanLogits(LogitsOf(data, SpatialBlocks.Some(rows, MostMeasuredOn, recipe.Seed), recipe, parameters, threads));
        TemperatureCalibration.Apply(parameters, [.. Enumerable.Repeat((float)temperature, parameters.Tags)]);
        for (var tag = 0; tag < means.Length; tag++)
        {
            parameters.Values[^1][tag] += means[tag] * (float)(1 - (1 / temperature));
        }
    }

    private static float[] MeanLogits(float[] logits)
    {
        var means = new float[TagCatalog.Count];
        var rows = logits.Length / means.Length;
        for (var i = 0; i < logits.Length; i++)
        {
            means[i % means.Length] += logits[i] / rows;
        }

        return means;
    }
}
