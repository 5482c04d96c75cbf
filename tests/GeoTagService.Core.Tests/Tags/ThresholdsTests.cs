using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tests.Tags;

public sealed class ThresholdsTests
{
    [Fact]
    public void NothingAsked_HeadsOneValueForAll() =>
        Assert.Equal(Enumerable.Repeat(0.5f, 49), Thresholds.Resolve(Head(0.5f), TagOptions.Default).Value!);

    [Fact]
    public void NothingAsked_HeadsOwnValues()
    {
        float[] own = [.. Enumerable.Range(1, 49).Select(row => row / 100f)];

        Assert.Equal(own, Thresholds.Resolve(Head(own), TagOptions.Default).Value!);
    }

    [Fact]
    public void Number_ReplacesTheHeads() =>
        Assert.Equal(Enumerable.Repeat(0.2f, 49), Thresholds.Resolve(Head(0.5f), new TagOptions { Threshold = 0.2 }).Value!);

    [Fact]
    public void TagNumbers_ReplaceBoth()
    {
        var options = new TagOptions
        {
            Threshold = 0.2,
            TagThresholds = new Dictionary<string, double> { ["tag1077"] = 0.9, ["tag479"] = 0.1 },
        };

        var resolved = Thresholds.Resolve(Head(0.5f), options).Value!;

        Assert.Equal(0.9f, resolved[41]);
        Assert.Equal(0.1f, resolved[0]);
        Assert.Equal(47, resolved.Count(threshold => threshold == 0.2f));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1.5)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void OutsideItsRange_IsInvalid(double threshold)
    {
        TagOptions[] asked =
        [
            new() { Threshold = threshold },
            new() { TagThresholds = new Dictionary<string, double> { ["tag1077"] = threshold } },
        ];

        Assert.All(
            asked,
            options =>
            {
                var error = Thresholds.Resolve(Head(0.5f), options).Error;
                Assert.Equal((TaggingErrorCode.InvalidValue, "threshold"), (error?.Code, error?.Field));
                Assert.Contains("between 0 and 1", error!.Detail, StringComparison.Ordinal);
            }
        );
    }

    [Fact]
    public void UnknownTags_AreNamed()
    {
        var asked = new TagOptions
        {
            TagThresholds = new Dictionary<string, double>
            {
                ["tag1"] = 0.5,
                ["canals"] = 0.5,
                ["tag1077"] = 0.5,
            },
        };

        var error = Thresholds.Resolve(Head(0.5f), asked).Error;

        Assert.Equal((TaggingErrorCode.InvalidValue, "threshold"), (error?.Code, error?.Field));
        Assert.Contains("'canals', 'tag1'", error!.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("tag1077", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void ManyLongUnknownTags_KeepTheMessageShort()
    {
        var asked = new TagOptions
        {
            TagThresholds = Enumerable.Range(0, 1000).ToDictionary(i => $"{i}" + new string('x', 1000), _ => 0.5),
        };

        Assert.InRange(Thresholds.Resolve(Head(0.5f), asked).Error!.Detail.Length, 50, 400);
    }

    [Fact]
    public void HeadWithAnotherCount_IsABug() =>
        Assert.Throws<ArgumentException>(() => Thresholds.Resolve(Head(0.5f, 0.5f), TagOptions.Default));

    private static HeadDescriptor Head(params float[] thresholds) =>
        new("linear-img", Modalities.Image, HeadKind.Linear, false, new HeadMetrics(null, null, null), thresholds);
}
