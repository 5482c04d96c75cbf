using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Tokenization;

/// <summary>Ids equal to those of openai/CLIP's tokeniser, category by category.</summary>
public sealed class ClipTokenizerGoldenTests
{
    [Theory(Skip = ReferenceData.SkipReason, SkipUnless = nameof(ReferenceData.IsAvailable),
        SkipType = typeof(ReferenceData))]
    [InlineData("title")]
    [InlineData("title_generated")]
    [InlineData("punct")]
    [InlineData("digits")]
    [InlineData("emoji")]
    [InlineData("dashes")]
    [InlineData("ellipsis")]
    public void EveryTitle_GivesTheIdsOfTheReference(string category)
    {
        var differences = GoldenTitles.Differences(category);

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }
}
