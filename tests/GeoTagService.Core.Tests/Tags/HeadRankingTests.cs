using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tests.Tags;

/// <summary>Which head <c>auto</c> takes where figures come from different photos or rules.</summary>
public sealed class HeadRankingTests
{
    private const Modalities ImageTitle = Modalities.Image | Modalities.Title;
    private const string Mine = "40 held out of 200 photos";
    private const string Others = "other photos";

    [Theory]
    [InlineData(HeadPolicy.ExactMatch, "mlp-img-txt")]
    [InlineData(HeadPolicy.MacroF1, "linear-img-txt-mixup")]
    public void TrainedHeadOnOtherPhotos_IsNotRankedAgainstPublishedOnes_AndSaysSo(HeadPolicy policy, string expected)
    {
        var trained = Measured("linear-img-txt", 0.99, DecisionRule.Threshold, Mine);

        var choice = Choose([trained, .. PublishedHeads.All.Where(head => head.Name != trained.Name)], policy);

        Assert.Equal(expected, choice.Head.Name);
        Assert.Contains(
            "linear-img-txt was measured on other photos or by another rule and is not ranked",
            choice.Reason,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(HeadPolicy.ExactMatch, "exact match (0.9900) by thresholds alone")]
    [InlineData(HeadPolicy.MacroF1, "macro F1 (0.9900) by thresholds alone")]
    public void TrainedHead_MeasuredBesidePublishedOnes_CanWin(HeadPolicy policy, string reason)
    {
        var choice = Choose(
            [.. PublishedHeads.All.Select(head => Beside(head, 0.2)), Measured("linear-img-txt-mine", 0.99, DecisionRule.Threshold, Mine)],
            policy
        );

        Assert.Equal("linear-img-txt-mine", choice.Head.Name);
        Assert.Contains(reason, choice.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("not ranked", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainedHead_MeasuredBesideBetterOnes_Loses()
    {
        var choice = Choose([
            .. PublishedHeads.All.Select(head => Beside(head, head.Name == "linear-txt" ? 0.5 : 0.2)),
            Measured("linear-img-txt-mine", 0.4, DecisionRule.Threshold, Mine),
        ]);

        Assert.Equal("linear-txt", choice.Head.Name);
    }

    [Fact]
    public void FiguresByDifferentRules_AreNoRanking()
    {
        var choice = Choose([
            Measured("linear-img-txt", 0.30, DecisionRule.Threshold, Mine),
            Measured("mlp-img", 0.25, DecisionRule.Threshold, Mine),
            Measured("mlp-img-txt", 0.60, DecisionRule.Fallback, Mine),
        ]);

        Assert.Equal("linear-img-txt", choice.Head.Name);
        Assert.Contains("mlp-img-txt was measured", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ARuleThatAllShare_IsUsed()
    {
        var both = Measured("linear-img-txt", 0.30, DecisionRule.Threshold, Mine);
        both = both with { Metrics = both.Metrics with { ExactMatchWithFallback = 0.7, MacroF1WithFallback = 0.5 } };

        var choice = Choose([Measured("mlp-img-txt", 0.60, DecisionRule.Fallback, Mine), both]);

        Assert.Equal("linear-img-txt", choice.Head.Name);
        Assert.Contains("exact match (0.7000) with the fallback", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void MacroF1Alone_Ranks_WhereNotAllHaveExactMatch()
    {
        var choice = Choose([
            Head("linear-img-txt", new HeadMetrics(0.9, 0.4, null) { Split = Mine, Rule = DecisionRule.Threshold }),
            Head("mlp-img-txt", new HeadMetrics(null, 0.5, null) { Split = Mine, Rule = DecisionRule.Threshold }),
        ]);

        Assert.Equal("mlp-img-txt", choice.Head.Name);
        Assert.Contains("macro F1 (0.5000)", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void NoMeasureShared_TheBundlesOrderDecides()
    {
        var choice = Choose([
            Measured("linear-img-txt", 0.3, DecisionRule.Threshold, Mine),
            Measured("mlp-img-txt", 0.6, DecisionRule.Threshold, Others),
        ]);

        Assert.Equal("linear-img-txt", choice.Head.Name);
        Assert.Contains("mlp-img-txt was measured on other photos", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Ties_AndMissingFigures_AreTold()
    {
        var choice = Choose([
            Measured("linear-img-txt", 0.3, DecisionRule.Threshold, Mine, macroF1: 0.1),
            Measured("mlp-img-txt", 0.3, DecisionRule.Threshold, Mine, macroF1: 0.2),
            Head("linear-img", new HeadMetrics(null, null, null)),
            Head("linear-txt", new HeadMetrics(null, null, null)),
        ]);

        Assert.Equal("mlp-img-txt", choice.Head.Name);
        Assert.Contains("linear-img-txt has the same, and the other score decides", choice.Reason, StringComparison.Ordinal);
        Assert.Contains("linear-img, linear-txt were not measured", choice.Reason, StringComparison.Ordinal);
        var even = Choose([
            Measured("linear-img-txt", 0.3, DecisionRule.Threshold, Mine),
            Measured("mlp-img-txt", 0.3, DecisionRule.Threshold, Mine),
        ]);
        Assert.Equal("linear-img-txt", even.Head.Name);
        Assert.Contains("mlp-img-txt has the same, and the bundle's order decides", even.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void PhotosThatNobodyNames_AreNotThePublishedHeads()
    {
        var choice = Choose([Head("linear-img-txt-mine", new HeadMetrics(0.99, 0.99, null)), .. PublishedHeads.All]);

        Assert.Equal("mlp-img-txt", choice.Head.Name);
        Assert.Contains("linear-img-txt-mine was measured on other photos", choice.Reason, StringComparison.Ordinal);
    }

    private static HeadChoice Choose(HeadDescriptor[] heads, HeadPolicy policy = HeadPolicy.ExactMatch)
    {
        var choice = new HeadSelector(heads, new TaggingOptions { HeadPolicy = policy }).Choose(ImageTitle, null).Value!;
        Assert.DoesNotContain("  ", choice.Reason, StringComparison.Ordinal);
        Assert.EndsWith(".", choice.Reason, StringComparison.Ordinal);
        return choice;
    }

    private static HeadDescriptor Measured(string name, double figure, DecisionRule rule, string split, double? macroF1 = null) =>
        Head(name, new HeadMetrics(figure, macroF1 ?? figure, null) { Rule = rule, Split = split });

    private static HeadDescriptor Head(string name, HeadMetrics metrics) => PublishedHeads.Head(name) with { Metrics = metrics };

    private static HeadDescriptor Beside(HeadDescriptor head, double figure) =>
        head with
        {
            Metrics = head.Metrics with { Further = [new HeadFigures(Mine, figure, figure, figure, figure)] },
        };
}
