using GeoTagService.Core;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Engine;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Tests.Engine;

public sealed class HeadTrainerTests
{
    private const int Tags = 5;

    [Theory]
    [InlineData(HeadKind.Linear, false)]
    [InlineData(HeadKind.Linear, true)]
    [InlineData(HeadKind.Mlp, false)]
    [InlineData(HeadKind.Mlp, true)]
    public void Train_LearnsASeparableSet(HeadKind kind, bool mixUp)
    {
        var (data, split) = Separable();
        using var trainer = new HeadTrainer(data, split, Recipe(kind, mixUp), Tags, threads: 1);

        var result = trainer.Train(cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(result.Epochs[0].ExactMatch < 0.9, $"nothing to learn: {result.Epochs[0].ExactMatch}");
        Assert.True(result.Best.ExactMatch > 0.97, $"exact match {result.Best.ExactMatch}");
    }

    [Fact]
    public void Train_SameSeed_SameHead()
    {
        var first = Run(Recipe(HeadKind.Mlp, true) with { Epochs = 3 });
        var second = Run(Recipe(HeadKind.Mlp, true) with { Epochs = 3 });
        var other = Run(Recipe(HeadKind.Mlp, true) with { Epochs = 3, Seed = 8 });

        Assert.Equal(first.Parameters.Values[0], second.Parameters.Values[0]);
        Assert.NotEqual(first.Parameters.Values[0], other.Parameters.Values[0]);
    }

    [Fact]
    public void Train_ResumedFromACheckpoint_EndsWhereAnUninterruptedRunEnds()
    {
        var (data, split) = Separable();
        var recipe = Recipe(HeadKind.Mlp, true) with { Epochs = 6 };
        var whole = Run(recipe);

        TrainingCheckpoint? stopped = null;
        using (var trainer = new HeadTrainer(data, split, recipe, Tags, threads: 1))
        {
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() =>
                trainer.Train(
                    (report, checkpoint) =>
                    {
                        if (report.Epoch == 2)
                        {
                            stopped = Clone(checkpoint);
                            stop.Cancel();
                        }
                    },
                    cancellationToken: stop.Token
                )
            );
        }

        using var resumed = new HeadTrainer(data, split, recipe, Tags, threads: 1);
        var result = resumed.Train(resumeFrom: stopped, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(6, result.Epochs.Count);
        Assert.Equal(whole.Parameters.Values[2], result.Parameters.Values[2]);
        Assert.Equal(whole.Best.ExactMatch, result.Best.ExactMatch);
    }

    [Fact]
    public void Train_NoBetterEpoch_StopsAfterThePatience()
    {
        var (data, split) = Separable();
        var recipe = Recipe(HeadKind.Linear, false) with { LearningRate = 0, Patience = 3, Epochs = 50 };
        using var trainer = new HeadTrainer(data, split, recipe, Tags, threads: 1);

        var result = trainer.Train(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(0, result.Best.Epoch);
        Assert.Equal(4, result.Epochs.Count);
    }

    [Fact]
    public void LearningRate_FallsOverAQuarterOfTheEpochsAndRisesAgain()
    {
        var recipe = TrainingRecipe.For(Modalities.Title, HeadKind.Linear, false);

        Assert.Equal(5e-3, recipe.LearningRateAt(0), 1e-12);
        Assert.Equal(2.5e-3, recipe.LearningRateAt(25), 1e-12);
        Assert.Equal(0, recipe.LearningRateAt(50), 1e-12);
        Assert.Equal(5e-3, recipe.LearningRateAt(100), 1e-12);
    }

    [Fact]
    public void MixUp_WeightIsFoldedAndSpread()
    {
        var random = new Random(1);
        var draws = Enumerable.Range(0, 20_000).Select(_ => MixUp.Draw(random, 0.2)).ToArray();

        Assert.All(draws, lambda => Assert.InRange(lambda, 0.5, 1));
        // 1/2 + the mean absolute deviation of Beta(a, a): 2 a^2a / (B(a, a) (2a)^(2a+1)).
        Assert.Equal(0.8988, draws.Average(), 0.005);
    }

    [Fact]
    public void Split_LeavesOutRowsWithManyTags_AndIsTheSameForASeed()
    {
        ulong[] labels = [.. Enumerable.Range(0, 1000).Select(i => i % 10 == 0 ? 0b111111UL : 1UL << (i % 5))];
        var data = new TrainingData(labels, new SingleFeatureMatrix(new float[1000], 1), null, null);

        var split = data.Split(seed: 42);
        var again = data.Split(seed: 42);

        Assert.Equal(900, split.Training.Length + split.Validation.Length);
        Assert.Equal(180, split.Validation.Length);
        Assert.Empty(split.Training.Intersect(split.Validation));
        Assert.DoesNotContain(split.Training, row => row % 10 == 0);
        Assert.Equal(split.Training, again.Training);
        Assert.NotEqual(split.Training, data.Split(seed: 43).Training);
    }

    private static TrainingResult Run(TrainingRecipe recipe)
    {
        var (data, split) = Separable();
        using var trainer = new HeadTrainer(data, split, recipe, Tags, threads: 1);
        return trainer.Train(cancellationToken: TestContext.Current.CancellationToken);
    }

    private static TrainingRecipe Recipe(HeadKind kind, bool mixUp) =>
        TrainingRecipe.For(Modalities.Image | Modalities.Location, kind, mixUp) with
        {
            BatchSize = 64,
            Epochs = 40,
            HiddenWidth = 32,
            Dropout = 0.25,
            LearningRate = 5e-3,
            Patience = 40,
        };

    /// <summary>Each tag is the sign of one direction of the input; every photo carries at least one.</summary>
    private static (TrainingData Data, DatasetSplit Split) Separable()
    {
        const int Rows = 2000,
            Columns = 8;
        var random = new Random(5);
        var image = new float[Rows * Columns];
        var labels = new ulong[Rows];
        for (var row = 0; row < Rows; row++)
        {
            while (labels[row] == 0)
            {
                for (var c = 0; c < Columns; c++)
                {
                    var value = (random.NextDouble() * 2) - 1;
                    // Nothing near the border, so that it can be learnt perfectly.
                    image[(row * Columns) + c] = (float)(value + Math.Sign(value));
                    if (c < Tags && value > 0)
                    {
                        labels[row] |= 1UL << c;
                    }
                }
            }
        }

        var data = new TrainingData(labels, new SingleFeatureMatrix(image, Columns), null, new SingleFeatureMatrix(new float[Rows * 2], 2));
        return (data, data.Split(seed: 1, mostTags: 0));
    }

    private static TrainingCheckpoint Clone(TrainingCheckpoint checkpoint) =>
        TrainingCheckpoint.FromArrays(
            [
                .. new[] { checkpoint.Weights, checkpoint.BestWeights, checkpoint.FirstMoments, checkpoint.SecondMoments }.SelectMany(set =>
                    set.Select(array => (float[])array.Clone())
                ),
            ],
            checkpoint.Steps,
            [.. checkpoint.Epochs]
        );
}
