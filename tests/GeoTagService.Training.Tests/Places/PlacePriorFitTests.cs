using GeoTagService.Core;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Datasets.SemiSynthetic;
using GeoTagService.Training.Engine;
using GeoTagService.Training.Places;

namespace GeoTagService.Training.Tests.Places;

public sealed class PlacePriorFitTests
{
    private const int Photos = 4_000;

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.8)]
    public void Weights_AreThoseThatLabelsWereDrawnBy(double weight)
    {
        var (logits, logOdds, labels, positions) = Draw(weight, seed: 1);

        var fitted = PlacePriorFit.Fit(logits, logOdds, labels, positions, [0f]);

        Assert.Equal(weight, fitted.Average(), 0.06);
        Assert.All(fitted, own => Assert.InRange(own, weight - 0.25, weight + 0.25));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-0.5)]
    public void PlaceThatDoesNotHelp_GetsNoWeight(double weight) =>
        Assert.All(
            Enumerable.Range(1, 5),
            seed =>
            {
                var (logits, logOdds, labels, positions) = Draw(weight, seed);
                Assert.All(PlacePriorFit.Fit(logits, logOdds, labels, positions, [0f]), own => Assert.Equal(0, own));
            }
        );

    [Fact]
    public void PhotosWithoutAPlace_GetNoWeight()
    {
        var (logits, logOdds, labels, _) = Draw(0.8, seed: 1);

        var fitted = PlacePriorFit.Fit(logits, logOdds, labels, new GeoPosition?[Photos], [0f]);

        Assert.All(fitted, own => Assert.Equal(0, own));
    }

    [Fact]
    public void HeldOutSquares_AreTheSameWhateverPhotosThereAre()
    {
        var squares = new HeldOutSquares(100_000, 0.3, 7);
        var one = new PlacedWorld(5, strength: 1).Draw(2_000, sample: 1);

        var held = one.Positions.Where(squares.Contains).ToList();

        Assert.InRange(held.Count, 50, 1_500);
        Assert.Equal(held, one.Positions.Reverse().Where(new HeldOutSquares(100_000, 0.3, 7).Contains).Reverse());
        Assert.NotEqual(held, one.Positions.Where(new HeldOutSquares(100_000, 0.3, 8).Contains));
        var split = PlacedWorld.Embed(one, 1).Split(7, 0.3, 0, 100_000);
        Assert.Equal(held.Count, split.Validation.Length);
        Assert.All(split.Validation, row => Assert.True(squares.Contains(one.Positions[row])));
        Assert.Equal(2_000, split.Training.Length + split.Validation.Length);
    }

    [Fact]
    public void Comparison_HasEveryHeadWithAndWithoutPrior()
    {
        var world = new PlacedWorld(5, strength: 2);
        var photos = world.Draw(3_000, sample: 1);
        var how = TrainingRecipe.For(Modalities.Image, HeadKind.Linear, mixUp: false) with { Epochs = 12, BatchSize = 256 };

        var (scores, held) = PlacePriorComparison.Run(
            photos,
            PlacedWorld.Embed(photos, 1),
            [new("linear-img", how)],
            new LocationEncoderRecipe
            {
                Steps = 200,
                FewestEpochs = 1,
                Members = 2,
                Width = 16,
                Periods = [400],
            },
            world,
            threads: 1,
            TestContext.Current.CancellationToken
        );

        var score = Assert.Single(scores);
        Assert.Equal("linear-img", score.Head);
        Assert.InRange(held, 50, 2_000);
        Assert.InRange(score.ExactMatch, 0.01, 0.9);
        Assert.True(score.LogLossWithPrior < score.LogLoss);
        Assert.True(score.ExactMatchWithTruth > score.ExactMatch);
    }

    [Fact]
    public void Comparison_OnTooFewPhotos_IsRefused()
    {
        var photos = new PlacedWorld(5, strength: 2).Draw(60, sample: 1);

        var fault = Assert.Throws<InvalidDataException>(() =>
            PlacePriorComparison.Run(
                photos,
                PlacedWorld.Embed(photos, 1),
                [],
                new LocationEncoderRecipe(),
                cancellationToken: TestContext.Current.CancellationToken
            )
        );

        Assert.Contains("fewer than 100", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Labels whose log-odds are a head's and some of a place's, over a few hundred kilometres.</summary>
    private static (float[] Logits, float[] LogOdds, ulong[] Labels, GeoPosition?[] Positions) Draw(double weight, int seed)
    {
        var random = new Random(seed);
        var (logits, logOdds) = (new float[Photos * TagCatalog.Count], new float[Photos * TagCatalog.Count]);
        var (labels, positions) = (new ulong[Photos], new GeoPosition?[Photos]);
        for (var photo = 0; photo < Photos; photo++)
        {
            positions[photo] = new GeoPosition(51 + (4 * random.NextDouble()), -3 + (3 * random.NextDouble()));
            for (var tag = 0; tag < TagCatalog.Count; tag++)
            {
                var i = (photo * TagCatalog.Count) + tag;
                logits[i] = (float)((2 * random.NextDouble()) - 2);
                logOdds[i] = (float)((4 * random.NextDouble()) - 2);
                var probability = 1 / (1 + Math.Exp(-logits[i] - (weight * logOdds[i])));
                labels[photo] |= random.NextDouble() < probability ? 1UL << tag : 0;
            }
        }

        return (logits, logOdds, labels, positions);
    }
}
