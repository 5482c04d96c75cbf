using System.Numerics.Tensors;
using GeoTagService.Core;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;
using GeoTagService.Onnx;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Datasets.SemiSynthetic;
using GeoTagService.Training.Places;

namespace GeoTagService.Training.Tests.Places;

public sealed class LocationEncoderTests
{
    private static readonly LocationEncoderRecipe Quick = new()
    {
        Steps = 250,
        FewestEpochs = 1,
        Members = 2,
        Width = 16,
        Periods = [800, 200],
        Seed = 3,
    };

    [Fact]
    public void Encoder_OfACountryWithPlaces_BeatsTheMeanAndItsGraphSaysTheSame()
    {
        var photos = new PlacedWorld(5, strength: 2).Draw(6_000, sample: 1);
        var unseen = new PlacedWorld(5, strength: 2).Draw(2_000, sample: 2);

        var training = LocationEncoderTrainer.Train(
            photos,
            null,
            Quick,
            threads: 1,
            cancellationToken: TestContext.Current.CancellationToken
        );

        var coordinates = unseen.Coordinates();
        var logits = training.Encoder.Logits(coordinates);
        var mean = Enumerable
            .Range(0, TagCatalog.Count)
            .Select(tag => photos.Labels.Average(set => (double)(set >> tag & 1)))
            .Select(share => (float)Math.Log((share + 1e-4) / (1 - share + 1e-4)));
        var means = Enumerable.Repeat(mean.ToArray(), unseen.Rows).SelectMany(row => row).ToArray();

        Assert.True(PlaceScores.LogLossOf(logits, unseen.Labels) < 0.98 * PlaceScores.LogLossOf(means, unseen.Labels));
        Assert.Equal(32, training.Encoder.Dimension);
        var graph = Run(training.Encoder, coordinates, unseen.Rows);
        Assert.InRange(graph.Zip(logits, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-3);
    }

    [Fact]
    public void CountryWithoutStrength_HasTagsThatDoNotDependOnThePlace()
    {
        var none = new PlacedWorld(5, strength: 0).Draw(20_000, sample: 1);
        var strong = new PlacedWorld(5, strength: 2).Draw(20_000, sample: 1);

        Assert.InRange(LargestDifference(none), 0, 4.5);
        Assert.True(LargestDifference(strong) > 9);
    }

    [Fact]
    public void HeldOutSquares_ShareNoSquareWithWhatIsLearntFrom()
    {
        var photos = new PlacedWorld(5, strength: 1).Draw(3_000, sample: 1);

        var split = SpatialBlocks.Hold(photos.Positions, [.. Enumerable.Range(0, photos.Rows)], 100_000, 0.2, 7);

        Assert.NotEmpty(split.Training);
        Assert.NotEmpty(split.Validation);
        Assert.Equal(photos.Rows, split.Training.Length + split.Validation.Length);
        Assert.Empty(split.Training.Select(SquareOf).Intersect(split.Validation.Select(SquareOf)));

        string SquareOf(int row) => GridReference.FromPosition(photos.Positions[row], 100_000)!.ToString();
    }

    [Fact]
    public void Scores_AreThoseOfPlainArithmetic()
    {
        var probabilities = new float[2 * TagCatalog.Count];
        Array.Fill(probabilities, 0.1f);
        probabilities[0] = 0.8f;

        var scores = PlaceScores.Of(probabilities, [1, 1]);

        var loss = -(Math.Log(0.8) + Math.Log(0.1) + (96 * Math.Log(0.9))) / 98;
        Assert.Equal(loss, scores.LogLoss, 6);
        Assert.Equal(1, scores.AveragePrecision, 6);
        Assert.Equal((0.2 + Math.Abs((97 * 0.1) - 1)) / 98, scores.CalibrationError, 6);
    }

    [Fact]
    public void Neighbours_AreTheNearestPhotosAndOneOfTheMean()
    {
        // Three photos with the first tag far in the south, one without in the north.
        GeoPosition[] positions = [new(51, -2), new(51, -2), new(51, -2), new(57, -4), new(51, -2)];
        var photos = new PlacedLabels(positions, [1, 1, 1, 2, 0]);
        var coordinates = photos.Coordinates();

        var known = new NeighbourShares(coordinates, photos.Labels, [0, 1, 2, 3]);

        var south = known.Nearest(coordinates, [4], [3, 4]);
        Assert.Equal((3 + 0.75) / 4, south[0][0], 5);
        Assert.Equal((3 + 0.75) / 5, south[1][0], 5);
        Assert.Equal((3 + 0.75) / 4, known.Kernel(coordinates, [4], [40])[0][0], 4);
    }

    [Fact]
    public void Strength_OfAnExpectationThatIsRight_IsGreaterThanOfOneThatIsNot()
    {
        var random = new Random(1);
        var squares = new List<int[]>();
        for (var i = 0; i < 300; i++)
        {
            var counts = new int[1 + TagCatalog.Count];
            counts[0] = 40;
            var differs = random.NextDouble() < 0.5 ? 0.02 : 0.58;
            for (var photo = 0; photo < 40; photo++)
            {
                counts[1] += random.NextDouble() < 0.3 ? 1 : 0;
                counts[2] += random.NextDouble() < differs ? 1 : 0;
            }

            squares.Add(counts);
        }

        var expected = new float[squares.Count * TagCatalog.Count];
        Array.Fill(expected, 0.3f);
        var strengths = ExpectationStrength.Fit(squares, expected);

        Assert.True(strengths[0] >= 128);
        Assert.InRange(strengths[1], 1, 4);
    }

    /// <summary>Largest difference of a tag's share between both halves of the country, in standard errors.</summary>
    private static double LargestDifference(PlacedLabels photos)
    {
        var north = Enumerable.Range(0, photos.Rows).ToLookup(row => photos.Positions[row].Latitude > 53.5);
        return Enumerable
            .Range(0, TagCatalog.Count)
            .Max(tag =>
            {
                var (a, b) = (Share(north[true], tag), Share(north[false], tag));
                var all = Share(Enumerable.Range(0, photos.Rows), tag);
                var error = Math.Sqrt(all * (1 - all) * ((1.0 / north[true].Count()) + (1.0 / north[false].Count())));
                return error == 0 ? 0 : Math.Abs(a - b) / error;
            });

        double Share(IEnumerable<int> rows, int tag) => rows.Average(row => (double)(photos.Labels[row] >> tag & 1));
    }

    private static float[] Run(LocationEncoder encoder, float[] coordinates, int rows)
    {
        using var runner = new OnnxGraphRunner(encoder.ToGraph().ToBytes(), 1);
        var (embedding, logits, probabilities) = (
            new float[rows * encoder.Dimension],
            new float[rows * TagCatalog.Count],
            new float[rows * TagCatalog.Count]
        );
        runner.BindInput("coordinates", coordinates, rows, GridCoordinates.Count);
        runner.BindOutput("embedding", embedding, rows, encoder.Dimension);
        runner.BindOutput("logits", logits, rows, TagCatalog.Count);
        runner.BindOutput("probabilities", probabilities, rows, TagCatalog.Count);
        runner.Run();
        var expected = new float[logits.Length];
        TensorPrimitives.Sigmoid(logits, expected);
        Assert.InRange(expected.Zip(probabilities, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5);
        Assert.True(embedding.Max() > 0);
        return logits;
    }
}
