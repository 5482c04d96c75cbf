using System.Text.Json;
using GeoTagService.Core.Tags;
using Parquet;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Outputs that say by themselves which model made them, and how sure it was.</summary>
public sealed class ListAboutTests(TinyModel model) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("csv")]
    [InlineData("ndjson")]
    [InlineData("geojson")]
    [InlineData("parquet")]
    public async Task Output_SaysModelHeadThresholdsAndTags(string format)
    {
        var output = await TagAsync(format, "--thresholds", "0.3", "--head", "linear-txt");
        var record = JsonElement.Parse(await File.ReadAllTextAsync(output + ".about.json", TestContext.Current.CancellationToken));
        var about = record.GetProperty("geotag");

        Assert.Equal("geotag", about.GetProperty("tool").GetProperty("name").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+", about.GetProperty("tool").GetProperty("version").GetString());
        Assert.Equal(
            Core.Bundles.BundleReader.OpenDirectory(model.Bundle).Digest,
            about.GetProperty("model").GetProperty("digest").GetString()
        );
        Assert.Equal("production", about.GetProperty("model").GetProperty("purpose").GetString());
        Assert.Equal("linear-txt", about.GetProperty("head").GetString());
        Assert.Equal(0.3f, Assert.Single(about.GetProperty("thresholds").EnumerateArray()).GetSingle());
        Assert.Equal(
            TagCatalog.Tags.Select(tag => (tag.Id, tag.Name)),
            about
                .GetProperty("tags")
                .EnumerateArray()
                .Select(tag => (tag.GetProperty("id").GetString()!, tag.GetProperty("name").GetString()!))
        );
        Assert.Equal(
            (3, 2, 1),
            (record.GetProperty("items").GetInt32(), record.GetProperty("done").GetInt32(), record.GetProperty("rejected").GetInt32())
        );
        Assert.True(record.GetProperty("finished").TryGetDateTimeOffset(out _));

        var within = format switch
        {
            "geojson" => JsonElement
                .Parse(await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken))
                .GetProperty("geotag"),
            "parquet" => JsonElement.Parse(await KeyAsync(output)),
            "ndjson" => JsonElement
                .Parse(
                    (
                        await File.ReadAllLinesAsync(
                            await TagAsync("jsonl", "--thresholds", "0.3", "--head", "linear-txt", "--about-line"),
                            TestContext.Current.CancellationToken
                        )
                    )[0]
                )
                .GetProperty("geotag"),
            _ => about,
        };
        Assert.True(JsonElement.DeepEquals(about, within));
    }

    [Fact]
    public async Task ScoresOfChosenTags_AreTheirProbabilities()
    {
        var csv = await File.ReadAllLinesAsync(await TagAsync("csv", "--probabilities", "--scores"), TestContext.Current.CancellationToken);
        var lines = await File.ReadAllLinesAsync(
            await TagAsync("ndjson", "--probabilities", "--scores"),
            TestContext.Current.CancellationToken
        );
        var header = csv[0].Split(',').ToList();

        foreach (var (cells, line) in csv.Skip(1).Select(Cells).Zip(lines.Select(line => JsonElement.Parse(line))))
        {
            var names = line.GetProperty("tags_0.5").EnumerateArray().Select(tag => tag.GetString()!).ToList();
            var scores = line.GetProperty("scores_0.5").EnumerateArray().Select(score => score.GetSingle()).ToList();
            Assert.NotEmpty(names);
            Assert.Equal(
                names.Select(name =>
                    line.GetProperty("probabilities").GetProperty(TagCatalog.Tags.Single(tag => tag.Name == name).Id).GetSingle()
                ),
                scores
            );
            Assert.Equal(
                string.Join("; ", names.Select(name => cells[header.IndexOf(TagCatalog.Tags.Single(tag => tag.Name == name).Id)])),
                cells[header.IndexOf("scores_0.5")]
            );
            Assert.Equal(header.Count, cells.Length);
        }
    }

    private async Task<string> TagAsync(string format, params string[] rest)
    {
        var list = _directory.PathOf("list.csv");
        await File.WriteAllTextAsync(
            list,
            "id,title,lat,lon\n1,Canal lock,53.5,-1.5\n2,Moor,,\n3,Bad,x,\n",
            TestContext.Current.CancellationToken
        );
        var output = _directory.PathOf("out." + format);
        (await GeotagRun.Of(["tag", "--bundle", model.Bundle, "--input", list, "--output", output, .. rest])).Succeeds();
        return output;
    }

    private static async Task<string> KeyAsync(string path)
    {
        await using var reader = await ParquetReader.CreateAsync(path, cancellationToken: TestContext.Current.CancellationToken);
        return reader.CustomMetadata["geotag"];
    }

    /// <summary>Fields of a line; tags with a comma in their name are in quotes.</summary>
    private static string[] Cells(string line)
    {
        var parts = line.Split('"');
        return string.Concat(parts.Select((part, at) => at % 2 == 1 ? part.Replace(',', ' ') : part)).Split(',');
    }
}
