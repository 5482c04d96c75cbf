using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tests.Tags;

public sealed class HeadSelectorTests
{
    private const Modalities ImageTitle = Modalities.Image | Modalities.Title;
    private const Modalities ImagePlace = Modalities.Image | Modalities.Location;
    private const Modalities TitlePlace = Modalities.Title | Modalities.Location;
    private const Modalities All = ImageTitle | Modalities.Location;

    [Theory]
    [InlineData(Modalities.Image, "mlp-img")]
    [InlineData(Modalities.Title, "mlp-txt")]
    [InlineData(ImageTitle, "mlp-img-txt")]
    [InlineData(ImagePlace, "mlp-img")]
    [InlineData(TitlePlace, "mlp-txt")]
    [InlineData(All, "mlp-img-txt-loc")]
    public void Auto_ExactMatch_TakesTheBestKaggleScore(Modalities offered, string expected) =>
        Assert.Equal(expected, Selector().Choose(offered, null).Value?.Head.Name);

    [Theory]
    [InlineData(Modalities.Image, "linear-img-mixup")]
    [InlineData(Modalities.Title, "linear-txt-mixup")]
    [InlineData(ImageTitle, "linear-img-txt-mixup")]
    [InlineData(ImagePlace, "linear-img-mixup")]
    [InlineData(TitlePlace, "linear-txt-mixup")]
    [InlineData(All, "linear-img-txt-loc-mixup")]
    public void Auto_MacroF1_TakesTheBestMacroF1(Modalities offered, string expected) =>
        Assert.Equal(expected, Selector(HeadPolicy.MacroF1).Choose(offered, "auto").Value?.Head.Name);

    [Fact]
    public void Auto_Reason_HoldsTheFigureAndHowManyWereCompared()
    {
        var reason = Selector().Choose(TitlePlace, null).Value!.Reason;

        Assert.Contains("0.32696", reason, StringComparison.Ordinal);
        Assert.Contains("8 heads", reason, StringComparison.Ordinal);
        Assert.Contains("title and location", reason, StringComparison.Ordinal);
        Assert.Contains("0.5970", Selector(HeadPolicy.MacroF1).Choose(All, null).Value!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_WithoutKaggleScores_TakesTheBestExactMatch()
    {
        HeadDescriptor[] heads =
        [
            PublishedHeads.Head("mlp-img-txt", exactMatch: 0.61),
            PublishedHeads.Head("linear-img-txt", exactMatch: 0.64),
            PublishedHeads.Head("linear-img"),
        ];
        var selector = new HeadSelector(heads, new TaggingOptions());

        Assert.Equal("linear-img-txt", selector.Choose(ImageTitle, null).Value?.Head.Name);
        Assert.Contains("exact match (0.6400)", selector.Choose(ImageTitle, null).Value!.Reason, StringComparison.Ordinal);
        Assert.Equal("linear-img", selector.Choose(Modalities.Image, null).Value?.Head.Name);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("auto")]
    [InlineData("linear-loc")]
    [InlineData("linear-txt-loc")]
    public void PlaceAlone_IsRefused(string? requested)
    {
        var error = Selector().Choose(Modalities.Location, requested).Error;

        Assert.Equal(TaggingErrorCode.MissingInput, error?.Code);
        Assert.Contains("place alone", error!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_IsRefused() => Assert.Equal(TaggingErrorCode.MissingInput, Selector().Choose(Modalities.None, null).Error?.Code);

    [Fact]
    public void ByName_IsTaken()
    {
        var choice = Selector().Choose(All, "linear-txt").Value;

        Assert.Equal("linear-txt", choice?.Head.Name);
        Assert.Equal("linear-txt was asked for by name.", choice?.Reason);
    }

    [Fact]
    public void ByName_UnknownHead_NamesTheAvailable()
    {
        var error = Selector().Choose(All, "mlp").Error;

        Assert.Equal((TaggingErrorCode.InvalidValue, "head"), (error?.Code, error?.Field));
        Assert.All(PublishedHeads.All, head => Assert.Contains(head.Name, error!.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public void ByName_WithoutItsImage_NeedsIt()
    {
        var error = Selector().Choose(TitlePlace, "mlp-img-txt").Error;

        Assert.Equal((TaggingErrorCode.MissingInput, "image"), (error?.Code, error?.Field));
    }

    [Theory]
    [InlineData(Modalities.Image, "linear-txt", "empty title")]
    [InlineData(Modalities.Image, "mlp-img-loc", "(0, 0)")]
    [InlineData(Modalities.Image, "mlp-img-txt-loc", "empty title and the place (0, 0)")]
    [InlineData(Modalities.Title, "linear-loc", "(0, 0)")]
    public void ByName_WithoutTitleOrPlace_SaysWhatStandsIn(Modalities offered, string name, string expected)
    {
        var choice = Selector().Choose(offered, name).Value;

        Assert.Equal(name, choice?.Head.Name);
        Assert.Contains(expected, choice!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Configured_IsUsedUnlessTheRequestNamesAnother()
    {
        var selector = new HeadSelector(PublishedHeads.All, new TaggingOptions { Head = "linear-img-txt" });

        Assert.Equal("linear-img-txt", selector.Choose(All, null).Value?.Head.Name);
        Assert.Contains("configuration", selector.Choose(All, null).Value!.Reason, StringComparison.Ordinal);
        Assert.Equal("mlp-txt", selector.Choose(All, "mlp-txt").Value?.Head.Name);
    }

    [Fact]
    public void Configured_WithoutItsImage_DoesNotFallBack()
    {
        var selector = new HeadSelector(PublishedHeads.All, new TaggingOptions { Head = "linear-img-txt" });

        var error = selector.Choose(Modalities.Title, null).Error;

        Assert.Equal((TaggingErrorCode.MissingInput, "image"), (error?.Code, error?.Field));
    }

    [Fact]
    public void Configured_UnknownHead_DoesNotStart()
    {
        var error = Assert.Throws<BundleException>(() =>
            new HeadSelector(PublishedHeads.All, new TaggingOptions { Head = "mlp-everything" })
        );

        Assert.Contains("mlp-everything", error.Message, StringComparison.Ordinal);
        Assert.Contains("mlp-img-txt-loc", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OneHeadOnly_FillsItsGapsButNeverItsImage()
    {
        var selector = new HeadSelector([PublishedHeads.Head("linear-img-txt", 0.3)], new TaggingOptions());

        Assert.Contains("empty title", selector.Choose(Modalities.Image, null).Value!.Reason, StringComparison.Ordinal);
        Assert.Equal("image", selector.Choose(Modalities.Title, null).Error?.Field);
    }

    private static HeadSelector Selector(HeadPolicy policy = HeadPolicy.ExactMatch) =>
        new(PublishedHeads.All, new TaggingOptions { HeadPolicy = policy });
}
