using CsCheck;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tests.Tags;

public sealed class LabelDeciderTests
{
    [Fact]
    public void AboveThreshold_MostProbableFirst()
    {
        var decision = LabelDecider.Decide([0.6f, 0.2f, 0.9f, 0.7f], [0.5f, 0.5f, 0.5f, 0.5f]);

        Assert.Equal([2, 3, 0], decision.Rows);
        Assert.False(decision.FallbackUsed);
    }

    [Fact]
    public void EqualToThreshold_IsNotChosen()
    {
        var decision = LabelDecider.Decide([0.5f, 0.6f], [0.5f, 0.5f]);

        Assert.Equal([1], decision.Rows);
        Assert.False(decision.FallbackUsed);
    }

    [Fact]
    public void NoneAbove_TakesTheMostProbable()
    {
        var decision = LabelDecider.Decide([0.1f, 0.4f, 0.3f], [0.5f, 0.5f, 0.5f]);

        Assert.Equal([1], decision.Rows);
        Assert.True(decision.FallbackUsed);
    }

    [Fact]
    public void NoneAboveAndATie_LowestRowWins()
    {
        Assert.Equal([1], LabelDecider.Decide([0.1f, 0.4f, 0.4f], [0.5f, 0.5f, 0.5f]).Rows);
        Assert.Equal([0], LabelDecider.Decide([0f, 0f, 0f], [0.5f, 0.5f, 0.5f]).Rows);
    }

    [Fact]
    public void ChosenTies_LowerRowFirst() =>
        Assert.Equal([3, 0, 2], LabelDecider.Decide([0.8f, 0.1f, 0.8f, 0.9f], [0.5f, 0.5f, 0.5f, 0.5f]).Rows);

    [Fact]
    public void ThresholdPerTag_IsItsOwn() => Assert.Equal([1], LabelDecider.Decide([0.6f, 0.3f], [0.7f, 0.2f]).Rows);

    [Fact]
    public void DifferentLengths_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => LabelDecider.Decide([0.6f, 0.3f], [0.5f]));
        Assert.Throws<ArgumentException>(() => LabelDecider.Decide([], []));
    }

    [Fact]
    public void AnyScores_AreDecidedAsTheRuleSays()
    {
        // Few distinct values, so that ties and equality with the threshold are common.
        var value = Gen.Int[0, 10].Select(tenths => tenths / 10f);
        Gen.Select(value.Array[49], value.Array[49])
            .Sample(
                (probabilities, thresholds) =>
                {
                    var decision = LabelDecider.Decide(probabilities, thresholds);

                    var above = Enumerable
                        .Range(0, 49)
                        .Where(row => probabilities[row] > thresholds[row])
                        .OrderByDescending(row => probabilities[row])
                        .ThenBy(row => row)
                        .ToList();
                    Assert.Equal(above.Count == 0, decision.FallbackUsed);
                    Assert.Equal(above.Count > 0 ? above : [Array.IndexOf(probabilities, probabilities.Max())], decision.Rows);
                }
            );
    }
}
