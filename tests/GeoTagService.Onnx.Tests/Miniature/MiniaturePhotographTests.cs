using GeoTagService.Core;
using GeoTagService.Testing;

namespace GeoTagService.Onnx.Tests.Miniature;

/// <summary>The miniature sees real photographs. Those beside the repository were trained on, so that this guards the way from a
/// file to its tags, not what the card says of new photographs.</summary>
public sealed class MiniaturePhotographTests(MiniatureFixture miniature) : IClassFixture<MiniatureFixture>
{
    private const double Bar = 0.85;
    private const int Every = 4;

    [Fact]
    public async Task PhotographsOfTheTraining_AreTold()
    {
        Assert.SkipUnless(ReferenceData.IsAvailable, ReferenceData.SkipReason);
        var folder = ReferenceData.PathOf("photos");
        Assert.SkipUnless(Directory.Exists(folder), "the photographs are not beside this clone (../shared/reference/photos)");
        var list = Path.Combine(ReferenceData.RepositoryRoot, "tools", "miniature", "photographs", "photographs.csv");
        var rows = (await File.ReadAllLinesAsync(list, TestContext.Current.CancellationToken))
            .Skip(1)
            .Where(row => File.Exists(Path.Combine(folder, row[..row.IndexOf(',', StringComparison.Ordinal)])))
            .Where((_, i) => i % Every == 0)
            .ToArray();
        var missed = new List<string>();
        foreach (var row in rows)
        {
            // file,"tag|tag",…: names of tags hold commas, so that the list of more than one is quoted.
            var (file, rest) = (row[..row.IndexOf(',', StringComparison.Ordinal)], row[(row.IndexOf(',', StringComparison.Ordinal) + 1)..]);
            var accepted = (rest[0] == '"' ? rest[1..rest.IndexOf('"', 1)] : rest[..rest.IndexOf(',', StringComparison.Ordinal)]).Split(
                '|'
            );
            var photo = await File.ReadAllBytesAsync(Path.Combine(folder, file), TestContext.Current.CancellationToken);
            var top = (await miniature.TagAsync(new TagInput { Image = photo })).Tags[0].Tag;
            if (!accepted.Contains(top.Name))
            {
                missed.Add($"{file}: {top.Name}");
            }
        }

        Assert.True(rows.Length >= 25);
        Assert.True(missed.Count <= (1 - Bar) * rows.Length, $"{missed.Count} of {rows.Length}: {string.Join("; ", missed)}");
    }

    /// <summary>The photograph of the README, which was not trained on.</summary>
    [Fact]
    public async Task SamplePhotographWithItsTitle_IsACoast()
    {
        var photo = await File.ReadAllBytesAsync(
            Path.Combine(ReferenceData.RepositoryRoot, "samples", "rhossili-bay.jpg"),
            TestContext.Current.CancellationToken
        );

        var result = await miniature.TagAsync(new TagInput { Image = photo, Title = "The beach at Rhossili" });

        Assert.Equal("Coastal", result.Tags[0].Tag.Name);
    }

    /// <summary>Every photograph in the list may be trained on and must be named: public domain, CC0 or CC BY, and no other.</summary>
    [Fact]
    public async Task EveryPhotograph_HasAnAuthorAndALicenceThatAllowsIt()
    {
        var list = Path.Combine(ReferenceData.RepositoryRoot, "tools", "miniature", "photographs", "photographs.csv");
        var rows = (await File.ReadAllLinesAsync(list, TestContext.Current.CancellationToken))[1..];

        Assert.True(rows.Length > 500);
        Assert.All(
            rows,
            row =>
            {
                Assert.True(
                    row.Contains("CC0-1.0", StringComparison.Ordinal)
                        || row.Contains("PDM-1.0", StringComparison.Ordinal)
                        || row.Contains(",CC-BY-", StringComparison.Ordinal),
                    row
                );
                Assert.DoesNotContain("-SA", row, StringComparison.Ordinal);
                Assert.DoesNotContain("-NC", row, StringComparison.Ordinal);
                Assert.DoesNotContain(",,", row, StringComparison.Ordinal);
            }
        );
    }
}
