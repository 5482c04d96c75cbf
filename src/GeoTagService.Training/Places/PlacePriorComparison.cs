using GeoTagService.Core;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Datasets.SemiSynthetic;
using GeoTagService.Training.Engine;
using GeoTagService.Training.Metrics;

namespace GeoTagService.Training.Places;

/// <summary>One head with and without its place prior, on photos that nothing was chosen on.</summary>
/// <param name="Head">Its name without the prior.</param>
/// <param name="ExactMatch">By thresholds alone, without the prior, 0..1.</param>
/// <param name="ExactMatchWithPrior">With it.</param>
/// <param name="MacroF1">By thresholds alone, without the prior, 0..1.</param>
/// <param name="MacroF1WithPrior">With it.</param>
/// <param name="LogLoss">Mean over photos and tags, nats, without the prior.</param>
/// <param name="LogLossWithPrior">With it.</param>
/// <param name="MeanWeight">Mean of the tags' weights.</param>
/// <param name="ExactMatchWithTruth">With the probabilities that tags were drawn by in the encoder's stead, weights fitted likewise;
/// null where they are not known.</param>
public sealed record PlacePriorScores(
    string Head,
    double ExactMatch,
    double ExactMatchWithPrior,
    double MacroF1,
    double MacroF1WithPrior,
    double LogLoss,
    double LogLossWithPrior,
    double MeanWeight,
    double? ExactMatchWithTruth
);

/// <summary>
/// What a place prior brings in regions without photos: whole squares are held out to fit its weights on, and others to measure on.
/// Heads and the location encoder learn from what is left.
/// </summary>
public static class PlacePriorComparison
{
    private const double TestShare = 0.2;
    private const double ValidationShare = 0.25;
    private const float Least = 1e-6f;

    /// <summary>On which exact match is known to within some four points.</summary>
    private const int FewestPhotos = 100;

    /// <summary>Compares on one choice of held-out squares.</summary>
    /// <param name="photos">Places and tags.</param>
    /// <param name="data">The same photos' embeddings, with their positions.</param>
    /// <param name="heads">Heads, by name, and how each is trained.</param>
    /// <param name="recipe">How the encoder is trained; its edge is that of the squares, its seed draws them.</param>
    /// <param name="world">The country that the photos were drawn in; null for real photos.</param>
    /// <param name="threads">Threads of the engine; 0 takes every core.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>Scores by head, and how many photos they were taken on.</returns>
    public static (IReadOnlyList<PlacePriorScores> Scores, int Photos) Run(
        PlacedLabels photos,
        TrainingData data,
        IReadOnlyList<KeyValuePair<string, TrainingRecipe>> heads,
        LocationEncoderRecipe recipe,
        PlacedWorld? world = null,
        int threads = 0,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(photos);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(heads);
        ArgumentNullException.ThrowIfNull(recipe);
        int[] all = [.. Enumerable.Range(0, photos.Rows)];
        var outer = SpatialBlocks.Hold(photos.Positions, all, recipe.BlockEdge, TestShare, recipe.Seed + 1_000);
        var split = SpatialBlocks.Hold(photos.Positions, outer.Training, recipe.BlockEdge, ValidationShare, recipe.Seed + 2_000);
        if (split.Training.Length == 0 || split.Validation.Length == 0 || outer.Validation.Length == 0)
        {
            throw new InvalidDataException("the photos lie in too few squares to hold some out for the weights and some to measure on");
        }

        if (Math.Min(split.Validation.Length, outer.Validation.Length) is < FewestPhotos and var few)
        {
            throw new InvalidDataException(
                $"of {photos.Rows} photos {few} would be held out; from fewer than {FewestPhotos} neither weights nor scores can be told from chance"
            );
        }

        var trained = LocationEncoderTrainer.Train(photos, split.Training, recipe, threads, null, cancellationToken);
        var prior = TrainedPlaces.PriorOf(trained.Encoder, photos, split.Training);
        var validation = new Side(photos, split.Validation, LogOdds(prior, split.Validation), Truth(split.Validation));
        var test = new Side(photos, outer.Validation, LogOdds(prior, outer.Validation), Truth(outer.Validation));
        var scores = new List<PlacePriorScores>();
        foreach (var (name, how) in heads)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var trainer = new HeadTrainer(data, split, how, TagCatalog.Count, threads);
            var head = trainer.Train(cancellationToken: cancellationToken).Parameters;
            using var scorer = new HeadScorer(data, how, head, threads);
            scores.Add(Measure(name, scorer, validation, test));
        }

        return (scores, test.Rows.Length);

        float[] LogOdds(PlacePrior known, int[] rows) =>
            PlacePriorFit.LogOddsOf(known, [.. photos.Positions.Select(position => (GeoPosition?)position)], rows);

        float[]? Truth(int[] rows) => world is null ? null : RelativeTruth(photos, split.Training, world, rows);
    }

    private static PlacePriorScores Measure(string name, HeadScorer scorer, Side validation, Side test)
    {
        var (fitted, own) = (LogitsOf(scorer, validation), LogitsOf(scorer, test));
        var weights = PlacePriorFit.Fit(fitted, validation.LogOdds, validation.Labels, validation.Positions, [0f]);
        var taken = (float[])own.Clone();
        PlacePriorFit.Add(weights, test.LogOdds, taken);
        double? best = null;
        if (test.Truth is { } truth)
        {
            var ideal = (float[])own.Clone();
            PlacePriorFit.Add(PlacePriorFit.Fit(fitted, validation.Truth!, validation.Labels, validation.Positions, [0f]), truth, ideal);
            best = ScoresOf(ideal, test).ExactMatch;
        }

        var (without, with) = (ScoresOf(own, test), ScoresOf(taken, test));
        return new PlacePriorScores(
            name,
            without.ExactMatch,
            with.ExactMatch,
            without.MacroF1,
            with.MacroF1,
            PlaceScores.LogLossOf(own, test.Labels),
            PlaceScores.LogLossOf(taken, test.Labels),
            weights.Average(),
            best
        );
    }

    private static float[] LogitsOf(HeadScorer scorer, Side side)
    {
        var logits = new float[side.Rows.Length * TagCatalog.Count];
        scorer.Logits(side.Rows, logits);
        return logits;
    }

    private static MultiLabelScores ScoresOf(float[] logits, Side side) =>
        RuleScores.Of(logits, side.Labels, TagCatalog.Count, [0f]).Threshold;

    private static float[] RelativeTruth(PlacedLabels photos, int[] training, PlacedWorld world, int[] rows)
    {
        var general = Enumerable
            .Range(0, TagCatalog.Count)
            .Select(tag => LogOdds((float)training.Average(row => (double)(photos.Labels[row] >> tag & 1))))
            .ToArray();
        var relative = world.Shares([.. rows.Select(row => photos.Positions[row])], largeScaleOnly: false);
        for (var i = 0; i < relative.Length; i++)
        {
            relative[i] = LogOdds(relative[i]) - general[i % TagCatalog.Count];
        }

        return relative;
    }

    private static float LogOdds(float share)
    {
        var inside = Math.Clamp(share, Least, 1 - Least);
        return MathF.Log(inside / (1 - inside));
    }

    private sealed class Side(PlacedLabels photos, int[] rows, float[] logOdds, float[]? truth)
    {
        public int[] Rows { get; } = rows;

        public float[] LogOdds { get; } = logOdds;

        public float[]? Truth { get; } = truth;

        public ulong[] Labels { get; } = Array.ConvertAll(rows, row => photos.Labels[row]);

        public IReadOnlyList<GeoPosition?> Positions { get; } = Array.ConvertAll(rows, row => (GeoPosition?)photos.Positions[row]);
    }
}
