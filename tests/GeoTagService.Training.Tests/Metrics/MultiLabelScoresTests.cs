using GeoTagService.Training.Engine;
using GeoTagService.Training.Metrics;

namespace GeoTagService.Training.Tests.Metrics;

public sealed class MultiLabelScoresTests
{
    [Fact]
    public void Of_CountsByHand()
    {
        // tags 2,1,0; photo by photo: right; one missing; one too many; wrong
        ulong[] labels = [0b011, 0b011, 0b001, 0b100];
        ulong[] decided = [0b011, 0b001, 0b011, 0b010];

        var scores = MultiLabelScores.Of(decided, labels, 3);

        Assert.Equal(0.25, scores.ExactMatch);
        Assert.Equal(4.0 / 12, scores.HammingLoss, 1e-12);
        Assert.Equal(new TagCounts(3, 0, 0), scores.PerTag[0]);
        Assert.Equal(new TagCounts(1, 2, 1), scores.PerTag[1]);
        Assert.Equal(new TagCounts(0, 0, 1), scores.PerTag[2]);
        Assert.Equal((1 + 0.4 + 0) / 3, scores.MacroF1, 1e-12);
        Assert.Equal(8.0 / 12, scores.MicroF1, 1e-12);
        Assert.Equal(1.0 / 3, scores.PerTag[1].Precision, 1e-12);
        Assert.Equal(0.5, scores.PerTag[1].Recall, 1e-12);
    }

    [Theory]
    [InlineData(new[] { 0.1f, -2f, 3f }, 0b101UL, 0b101UL)]
    [InlineData(new[] { -0.5f, -0.2f, -3f }, 0UL, 0b010UL)]
    [InlineData(new[] { 0f, 0f, -1f }, 0UL, 0b001UL)]
    public void LabelSets_FollowBothRules(float[] logits, ulong authors, ulong services)
    {
        var above = LabelSet.Above(logits, [0]);

        Assert.Equal(authors, above);
        Assert.Equal(services, LabelSet.OrHighest(above, logits));
    }

    [Fact]
    public void Above_TakesEachTagsOwnCut() => Assert.Equal(0b110UL, LabelSet.Above([0.5f, 0.5f, 0.5f], [0.5f, 0.4f, 0.1f]));
}
