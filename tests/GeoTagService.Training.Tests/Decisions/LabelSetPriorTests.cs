using CsCheck;
using GeoTagService.Training.Decisions;
using GeoTagService.Training.Metrics;

namespace GeoTagService.Training.Tests.Decisions;

public sealed class LabelSetPriorTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"label-sets-{Guid.NewGuid():N}.csv");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void TagsThatGoTogether_AreDecidedTogether()
    {
        // Tag 1 never comes without tag 0; alone it would miss 0.5.
        var prior = LabelSetPrior.Count([3, 3, 3, 3, 4, 4, 4, 4], 3, weight: 1);
        Assert.Equal(3UL, prior.Decide([0.6f, 0.45f, 0.1f]));
        Assert.Equal(4UL, prior.Decide([0.2f, 0.3f, 0.9f]));
    }

    [Fact]
    public void Decision_IsTheBestOfAllSeenSets() =>
        Gen.Select(Gen.ULong[0, 63].Array[1, 40], Gen.Float[0.001f, 0.999f].Array[6], Gen.Double[0, 1])
            .Where(sample => sample.Item1.Any(set => set != 0))
            .Sample(
                (labels, probabilities, weight) =>
                {
                    var prior = LabelSetPrior.Count(labels, 6, weight);

                    var decided = prior.Decide(probabilities);

                    var tagged = labels.Where(set => set != 0).ToArray();
                    Assert.Contains(decided, tagged);
                    var best = tagged.Max(set => Score(set, tagged, probabilities, weight));
                    Assert.InRange(best - Score(decided, tagged, probabilities, weight), 0, 1e-3);
                }
            );

    [Fact]
    public void WithoutWeight_EverySetSeen_IsTheThresholdsDecision() =>
        Gen.Float[0.01f, 0.99f]
            .Array[5]
            .Sample(probabilities =>
            {
                var prior = LabelSetPrior.Count(Enumerable.Range(1, 31).Select(set => (ulong)set), 5, weight: 0);
                Assert.Equal(LabelSet.OrHighest(LabelSet.Above(probabilities, [0.5f]), probabilities), prior.Decide(probabilities));
            });

    [Fact]
    public void CertainTags_GiveAnAnswer() => Assert.Equal(1UL, LabelSetPrior.Count([1, 2, 0], 2).Decide([1, 0]));

    [Fact]
    public void File_BringsTheSamePriorBack()
    {
        var prior = LabelSetPrior.Count([1UL << 48, 5, 5, 0], 49);
        prior.Write(_path);
        var read = LabelSetPrior.Read(_path, 49);
        Assert.Equal(["photos,rows", "2,0 2", "1,48"], File.ReadAllLines(_path));
        Assert.Equal(2, read.Sets);
        var probabilities = new float[49];
        probabilities[48] = 0.4f;
        Assert.Equal(prior.Decide(probabilities), read.Decide(probabilities));
    }

    [Theory]
    [InlineData("photos,rows\n", "only one")]
    [InlineData("count,rows\n1,2\n", "first line")]
    [InlineData("photos,rows\n2,0\n1,49\n", "line 3")]
    [InlineData("photos,rows\n0,1\n", "line 2")]
    [InlineData("photos,rows\n1,\n", "line 2")]
    public void DamagedFile_SaysWhere(string content, string says)
    {
        File.WriteAllText(_path, content);
        var fault = Assert.Throws<InvalidDataException>(() => LabelSetPrior.Read(_path, 49));
        Assert.Contains(says, fault.Message, StringComparison.Ordinal);
        Assert.Contains(_path, fault.Message, StringComparison.Ordinal);
    }

    private static double Score(ulong set, ulong[] seen, float[] probabilities, double weight)
    {
        var score = weight * Math.Log(seen.Count(other => other == set) / (double)seen.Length);
        for (var tag = 0; tag < probabilities.Length; tag++)
        {
            if ((set >> tag & 1) != 0)
            {
                var with = seen.Count(other => (other >> tag & 1) != 0);
                var p = Math.Clamp(probabilities[tag], 1e-7, 1 - 1e-7);
                score += Math.Log(p / (1 - p)) - (weight * Math.Log((with + 0.5) / (seen.Length - with + 0.5)));
            }
        }

        return score;
    }
}
