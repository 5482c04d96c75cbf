using GeoTagService.Core.Tags;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Tags;

public sealed class TagCatalogTests
{
    [Fact]
    public void Rows_AreTheirPlaceInTheList()
    {
        Assert.Equal(49, TagCatalog.Count);
        Assert.All(TagCatalog.Tags.Index(), entry => Assert.Equal(entry.Index, entry.Item.HeadRow));
    }

    [Fact]
    public void Ids_AreUniqueAndFound()
    {
        Assert.Equal(49, TagCatalog.Tags.Select(tag => tag.Id).Distinct().Count());
        Assert.All(
            TagCatalog.Tags,
            tag =>
            {
                Assert.True(TagCatalog.TryGet(tag.Id, out var found));
                Assert.Same(tag, found);
            }
        );
    }

    [Theory]
    [InlineData("tag1")]
    [InlineData("TAG1077")]
    [InlineData("Canals")]
    [InlineData("")]
    public void UnknownId_IsNotFound(string id) => Assert.False(TagCatalog.TryGet(id, out _));

    [Fact]
    public void Descriptions_AreOneLineEachAndDiffer()
    {
        Assert.Equal(49, TagCatalog.Tags.Select(tag => tag.Description).Distinct().Count());
        Assert.All(
            TagCatalog.Tags,
            tag =>
            {
                Assert.EndsWith(".", tag.Description, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', tag.Description);
                Assert.InRange(tag.Description.Length, 20, 120);
            }
        );
    }

    [Fact]
    public void CompetitionColumns_AscendByNumber()
    {
        var numbers = TagCatalog.CompetitionColumns.Select(id => int.Parse(id.AsSpan(3))).ToList();

        Assert.Equal(49, numbers.Count);
        Assert.Equal(numbers.Order(), numbers);
    }

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public void PublishedTable_IsReproduced()
    {
        // Names hold commas inside quotes; the group, the row and the count after them hold none.
        var rows = File.ReadLines(ReferenceData.PathOf("tags.csv"))
            .Skip(1)
            .Select(line =>
            {
                var head = line.Split(',', 2);
                var tail = head[1].Split(',')[^3..];
                var name = head[1][..^(tail.Sum(part => part.Length) + 3)].Trim('"');
                return (Id: head[0], Name: name, Group: tail[0], Row: int.Parse(tail[1]));
            });

        Assert.Equal(rows, TagCatalog.Tags.Select(tag => (tag.Id, tag.Name, tag.Group, tag.HeadRow)));
    }
}
