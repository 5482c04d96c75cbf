using System.Globalization;
using System.Numerics;
using GeoTagService.Core;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;
using GeoTagService.Training.Datasets.SemiSynthetic;
using GeoTagService.Training.Engine;

namespace GeoTagService.Training.Tests.Datasets.SemiSynthetic;

public sealed class SemiSyntheticSetTests
{
    [Fact]
    public void Create_SameSeed_SamePhotosAndAPrefixOfALongerSet()
    {
        var longer = SemiSyntheticSet.Create(1500, seed: 3);
        var shorter = SemiSyntheticSet.Create(700, seed: 3);
        var other = SemiSyntheticSet.Create(700, seed: 4);

        Assert.Equal(shorter.Labels, longer.Labels[..700]);
        Assert.NotEqual(shorter.Labels, other.Labels);
        float[] a = new float[512],
            b = new float[512];
        shorter.Image!.CopyRow(699, a);
        longer.Image!.CopyRow(699, b);
        Assert.Equal(a, b);
    }

    [Fact]
    public void Create_HasNormsOfClipAndAtLeastOneTag()
    {
        var set = SemiSyntheticSet.Create(400, seed: 1);
        var row = new float[512];
        double image = 0,
            title = 0;
        for (var i = 0; i < set.Rows; i++)
        {
            set.Image!.CopyRow(i, row);
            image += Math.Sqrt(row.Sum(value => value * value)) / set.Rows;
            set.Title!.CopyRow(i, row);
            title += Math.Sqrt(row.Sum(value => value * value)) / set.Rows;
        }

        Assert.InRange(image, 6, 20);
        Assert.InRange(title, 5, 18);
        Assert.DoesNotContain(0UL, set.Labels);
    }

    [Fact]
    public void Heads_HaveThePapersOrder()
    {
        var set = SemiSyntheticSet.Create(9000, seed: 1);
        var split = set.Split(42);
        double Best(Modalities modalities)
        {
            var recipe = TrainingRecipe.For(modalities, HeadKind.Linear, false) with { Epochs = 24, BatchSize = 512 };
            using var trainer = new HeadTrainer(set, split, recipe, 49, threads: 1);
            return trainer.Train(cancellationToken: TestContext.Current.CancellationToken).Best.ExactMatch;
        }

        var (image, title, both) = (Best(Modalities.Image), Best(Modalities.Title), Best(Modalities.Image | Modalities.Title));

        Assert.True(image > 0.1, $"image {image}");
        Assert.True(image < title && title < both, $"image {image}, title {title}, both {both}");
    }

    [Fact]
    public void LabelSets_FollowTheCompetitionsFrequencies()
    {
        Assert.SkipUnless(ReferenceData.IsAvailable, ReferenceData.SkipReason);
        var positives = File.ReadLines(ReferenceData.PathOf("tags.csv"))
            .Skip(1)
            .Select(line => line.Split(','))
            .ToDictionary(
                fields => int.Parse(fields[^2], CultureInfo.InvariantCulture),
                fields => double.Parse(fields[^1], CultureInfo.InvariantCulture) / 609_822
            );
        var model = LabelSetModel.Load();
        const int Photos = 60_000;
        var counts = new int[model.Tags];
        var sets = new Dictionary<ulong, int>();
        for (var i = 0; i < Photos; i++)
        {
            var random = new RowRandom(9, i);
            var labels = model.Draw(ref random).Labels;
            sets[labels] = sets.GetValueOrDefault(labels) + 1;
            for (var rest = labels; rest != 0; rest &= rest - 1)
            {
                counts[BitOperations.TrailingZeroCount(rest)]++;
            }
        }

        for (var tag = 0; tag < counts.Length; tag++)
        {
            var wanted = positives[tag];
            Assert.InRange(counts[tag] / (double)Photos, (wanted * 0.75) - 0.001, (wanted * 1.25) + 0.001);
        }

        // The commonest set of the competition: row 24 alone, 16,334 of 609,822.
        Assert.InRange(sets[1UL << 24] / (double)Photos, 0.6 * 16_334 / 609_822, 1.4 * 16_334 / 609_822);
    }
}
