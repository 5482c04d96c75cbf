using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Titles;

/// <summary>Ids equal to those of openai/CLIP's tokeniser, category by category.</summary>
public sealed class ClipTokenizerGoldenTests
{
    [Theory(Skip = ReferenceData.SkipReason, SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData))]
    [InlineData("title")]
    [InlineData("title_generated")]
    [InlineData("html")]
    [InlineData("punct")]
    [InlineData("accents")]
    [InlineData("quotes")]
    [InlineData("dashes")]
    [InlineData("ellipsis")]
    [InlineData("digits")]
    [InlineData("spaces")]
    [InlineData("case")]
    [InlineData("combining")]
    [InlineData("emoji")]
    [InlineData("cjk")]
    [InlineData("rtl_etc")]
    [InlineData("long")]
    [InlineData("ligature_width")]
    [InlineData("control")]
    [InlineData("special")]
    [InlineData("mojibake")]
    [InlineData("soup_cp1252hi")]
    [InlineData("soup_punct")]
    [InlineData("soup_latin1")]
    [InlineData("soup_bmp")]
    [InlineData("soup_astral")]
    public void EveryTitle_GivesTheIdsOfTheReference(string category)
    {
        var differences = GoldenTitles.Differences(category);

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }
}
