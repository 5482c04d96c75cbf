using System.Text.Json;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Tags;

/// <summary>The hand-written titles are data that models are judged by: they must be well formed.</summary>
public sealed class EvaluationTitlesTests
{
    private sealed record EvaluationTitle(string Title, IReadOnlyList<string> Tags);

    [Fact]
    public void Titles_AreSixtyDifferentWithKnownTags()
    {
        var path = Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "evaluation-titles.json");
        var titles = JsonSerializer.Deserialize<List<EvaluationTitle>>(File.ReadAllText(path), JsonSerializerOptions.Web)!;

        Assert.Equal(60, titles.Count);
        Assert.Equal(60, titles.Select(title => title.Title).Distinct().Count());
        Assert.All(
            titles,
            title =>
            {
                Assert.NotEmpty(title.Tags);
                Assert.Equal(title.Tags.Count, title.Tags.Distinct().Count());
                Assert.All(title.Tags, id => Assert.True(TagCatalog.TryGet(id, out _), id));
            }
        );
        Assert.Equal(49, titles.Select(title => title.Tags[0]).Distinct().Count());
    }
}
