using System.Numerics.Tensors;
using GeoTagService.Core;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Datasets.SemiSynthetic;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Places;

/// <summary>
/// Holds a location encoder against simpler ways of expecting tags at a place, on whole squares that none of them has seen. Every
/// way chooses its one setting on further squares held out among the photos that it learns from.
/// </summary>
public static class PlaceComparison
{
    /// <summary>Name of the encoder among the ways.</summary>
    public const string Encoder = "encoder";

    /// <summary>Name of the linear model of latitude and longitude.</summary>
    public const string RawLinear = "lat-lon-linear";

    private const double HeldOutShare = 0.2;
    private const int MostMeasuredOn = 10_000;
    private const int MostKnown = 1_200;
    private static readonly double[] Bandwidths = [10, 20, 40, 80, 160];
    private static readonly int[] Nearest = [20, 100, 500, 2_000, 8_000];

    /// <summary>Compares on one choice of held-out squares.</summary>
    /// <param name="photos">The photos.</param>
    /// <param name="recipe">The encoder's recipe; its edge is that of the squares, its seed draws them.</param>
    /// <param name="world">The country that the photos were drawn in, to tell how much can be known at all; null for real photos.</param>
    /// <param name="threads">Threads of the engine; 0 takes every core.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>Scores by way, and how many photos they were taken on.</returns>
    public static (IReadOnlyDictionary<string, PlaceScores> Scores, int Photos) Run(
        PlacedLabels photos,
        LocationEncoderRecipe recipe,
        PlacedWorld? world = null,
        int threads = 0,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(photos);
        ArgumentNullException.ThrowIfNull(recipe);
        var outer = SpatialBlocks.Hold(
            photos.Positions,
            [.. Enumerable.Range(0, photos.Rows)],
            recipe.BlockEdge,
            HeldOutShare,
            recipe.Seed + 1_000
        );
        var held = SpatialBlocks.Some(outer.Validation, MostMeasuredOn, recipe.Seed);
        var labels = Array.ConvertAll(held, row => photos.Labels[row]);
        var coordinates = photos.Coordinates();
        var inner = LocationEncoderTrainer.InnerSplitsOf(photos, outer.Training, recipe);
        var scores = new Dictionary<string, PlaceScores>();

        var trained = LocationEncoderTrainer.Train(photos, outer.Training, recipe, threads, null, cancellationToken);
        scores[Encoder] = PlaceScores.Of(Sigmoid(trained.Encoder.Logits(CoordinatesOf(coordinates, held))), labels);

        var raw = RawData(photos);
        var linear = recipe with { LearningRate = 0.02, WeightDecay = 1e-5 };
        scores[RawLinear] = Linear(raw, outer.Training, linear);

        var best = recipe
            .Periods.Select(period => LocationEncoder.DataOf(new PlaceSinusoids(period, recipe.Roughness), coordinates, photos.Labels))
            .MinBy(data =>
                inner.Average(split =>
                    LocationEncoderTrainer.HeldOutLoss(data, split, recipe, HeadKind.Linear, threads, cancellationToken).Loss
                )
            )!;
        scores["sinusoids-linear"] = Linear(best, outer.Training, recipe);

        scores["kernel-density"] = Around((shares, rows, settings) => shares.Kernel(coordinates, rows, settings), Bandwidths);
        scores["nearest"] = Around((shares, rows, settings) => shares.Nearest(coordinates, rows, settings), Nearest);
        scores["mean"] = Around((shares, rows, settings) => shares.Nearest(coordinates, rows, settings), new[] { int.MaxValue });
        if (world is not null)
        {
            Bound(world);
        }

        return (scores, held.Length);

        void Bound(PlacedWorld drawn)
        {
            GeoPosition[] places = [.. held.Select(row => photos.Positions[row])];
            scores["truth"] = PlaceScores.Of(drawn.Shares(places, largeScaleOnly: false), labels);
            scores["truth-large-scale"] = PlaceScores.Of(drawn.Shares(places, largeScaleOnly: true), labels);
            var around = SpatialBlocks.Some(outer.Training, MostKnown, recipe.Seed);
            GeoPosition[] known = [.. around.Select(row => photos.Positions[row])];
            var carried = KnownElsewhere.Carry(
                CoordinatesOf(coordinates, around),
                drawn.Shares(known, largeScaleOnly: true),
                CoordinatesOf(coordinates, held)
            );
            scores["truth-elsewhere"] = PlaceScores.Of(carried, labels);
        }

        PlaceScores Linear(TrainingData data, int[] rows, LocationEncoderRecipe how)
        {
            var parameters = LocationEncoderTrainer.TrainMember(data, rows, how, HeadKind.Linear, how.Seed, threads, cancellationToken);
            return PlaceScores.Of(Sigmoid(LocationEncoderTrainer.LogitsOf(data, held, how, parameters, threads)), labels);
        }

        PlaceScores Around<T>(Func<NeighbourShares, int[], T[], float[][]> shares, T[] settings)
        {
            var losses = new double[settings.Length];
            foreach (var split in settings.Length > 1 ? inner : [])
            {
                cancellationToken.ThrowIfCancellationRequested();
                var rows = SpatialBlocks.Some(split.Validation, MostMeasuredOn / 5, recipe.Seed);
                var known = new NeighbourShares(coordinates, photos.Labels, split.Training);
                var found = shares(known, rows, settings);
                var carried = Array.ConvertAll(rows, row => photos.Labels[row]);
                for (var i = 0; i < losses.Length; i++)
                {
                    losses[i] += PlaceScores.Of(found[i], carried).LogLoss;
                }
            }

            var chosen = settings[Array.IndexOf(losses, losses.Min())];
            var all = new NeighbourShares(coordinates, photos.Labels, outer.Training);
            return PlaceScores.Of(shares(all, held, [chosen])[0], labels);
        }
    }

    private static float[] Sigmoid(float[] logits)
    {
        TensorPrimitives.Sigmoid(logits, logits);
        return logits;
    }

    private static float[] CoordinatesOf(float[] coordinates, int[] rows)
    {
        var some = new float[rows.Length * GridCoordinates.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            coordinates
                .AsSpan(rows[i] * GridCoordinates.Count, GridCoordinates.Count)
                .CopyTo(some.AsSpan(i * GridCoordinates.Count, GridCoordinates.Count));
        }

        return some;
    }

    /// <summary>Latitude and longitude, each about from −1.7 to 1.7, so that the linear model learns as fast as it can.</summary>
    private static TrainingData RawData(PlacedLabels photos)
    {
        var values = new float[2 * photos.Rows];
        for (var row = 0; row < photos.Rows; row++)
        {
            values[2 * row] = (float)((photos.Positions[row].Latitude - 54) / 2.5);
            values[(2 * row) + 1] = (float)((photos.Positions[row].Longitude + 3) / 2.5);
        }

        return new TrainingData(photos.Labels, null, null, new SingleFeatureMatrix(values, 2));
    }
}
