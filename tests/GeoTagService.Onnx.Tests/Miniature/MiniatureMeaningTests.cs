using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Testing;

namespace GeoTagService.Onnx.Tests.Miniature;

/// <summary>What a fresh clone serves must answer sensibly: titles written by hand, and the sample photo.</summary>
public sealed class MiniatureMeaningTests(MiniatureFixture miniature) : IClassFixture<MiniatureFixture>
{
    /// <summary>The share of hand-written titles whose most probable tag must be one that a person gave.</summary>
    private const double Bar = 0.8;

    private sealed record Entry(string Title, IReadOnlyList<string> Tags);

    [Theory]
    [InlineData("evaluation-titles.json")]
    [InlineData("evaluation-titles-further.json")]
    public async Task HandWrittenTitles_TopTagIsRightForFourInFive(string file)
    {
        var path = Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", file);
        var entries = JsonSerializer.Deserialize<Entry[]>(
            await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken),
            JsonSerializerOptions.Web
        )!;
        Assert.True(entries.Length >= 60);

        var missed = new List<string>();
        foreach (var entry in entries)
        {
            var result = await miniature.TagAsync(new TagInput { Title = entry.Title });
            var top = result.Tags[0].Tag;
            if (!entry.Tags.Contains(top.Id))
            {
                missed.Add($"{entry.Title}: {top.Name}");
            }
        }

        Assert.True(missed.Count <= (1 - Bar) * entries.Length, $"{missed.Count} of {entries.Length}: {string.Join("; ", missed)}");
    }

    [Fact]
    public async Task SamplePhoto_IsACanal()
    {
        var result = await miniature.TagAsync(new TagInput { Image = await SamplePhotoAsync() });

        Assert.Equal("tag1077", result.Tags[0].Tag.Id);
        Assert.Equal(LocationSource.Exif, result.Location?.Source);
    }

    [Fact]
    public async Task SamplePhotoWithATitle_IsThatCanalAndWhatTheTitleAdds()
    {
        var result = await miniature.TagAsync(new TagInput { Image = await SamplePhotoAsync(), Title = "Footpath beside the canal lock" });

        Assert.Contains(result.Tags, tag => tag.Tag.Id == "tag1077");
        Assert.Contains(result.Tags, tag => tag.Tag.Id == "tag809");
    }

    [Theory]
    [InlineData("Summit cairn on Ben Arder", "tag791")]
    [InlineData("Fishing boats in the harbour", "tag1103")]
    [InlineData("St Oswald's church and its churchyard", "tag869")]
    public async Task PlainTitle_IsTagged(string title, string tag)
    {
        var result = await miniature.TagAsync(new TagInput { Title = title });

        Assert.Contains(result.Tags, chosen => chosen.Tag.Id == tag);
    }

    private static Task<byte[]> SamplePhotoBytesAsync() =>
        File.ReadAllBytesAsync(
            Path.Combine(ReferenceData.RepositoryRoot, "samples", "canal-lock.jpg"),
            TestContext.Current.CancellationToken
        );

    private static async Task<ReadOnlyMemory<byte>?> SamplePhotoAsync() => await SamplePhotoBytesAsync();
}
