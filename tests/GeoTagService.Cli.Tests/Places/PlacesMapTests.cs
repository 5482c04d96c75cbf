using System.Text.Json;
using Parquet;

namespace GeoTagService.Cli.Tests.Places;

public sealed class PlacesMapTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Run_BecomesAMap_AndWhatIsLeftOutIsCounted()
    {
        var input = _directory.PathOf("run.ndjson");
        File.WriteAllLines(
            input,
            [
                """{"id":"1","gridReference":"SP 69358 89644","head":"h","tags_0.5":["Canals","Paths"],"fallback_0.5":false,"lat":52.5003,"lon":-0.9797}""",
                """{"id":"2","head":"h","tags_0.5":["Coastal"],"fallback_0.5":false,"lat":50.1,"lon":-5.5}""",
                """{"id":"3","head":"h","tags_0.5":["Coastal"],"fallback_0.5":false}""",
                """{"id":"4","head":"h","tags_0.5":["Coastal"],"fallback_0.5":false,"lat":10,"lon":10}""",
                """{"id":"5","head":"h","tags_0.5":["No such tag"],"fallback_0.5":false,"lat":52,"lon":-1}""",
                "{\"id\":",
            ]
        );
        var output = _directory.PathOf("map.geojson");

        var run = await GeotagRun.Of("places", "map", "--input", input, "--square", "10km", "--output", output);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("2 photos in 2 squares of 10km", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 without a place, 1 outside both grids, 2 that could not be read", run.Error, StringComparison.Ordinal);
        var features = JsonElement
            .Parse(File.ReadAllText(output))
            .GetProperty("features")
            .EnumerateArray()
            .ToDictionary(feature => feature.GetProperty("id").GetString()!);
        Assert.Equal(["SP68", "SW42"], features.Keys.Order(StringComparer.Ordinal));
        var ring = features["SP68"].GetProperty("geometry").GetProperty("coordinates")[0];
        Assert.Equal(5, ring.GetArrayLength());
        Assert.Equal(ring[0].ToString(), ring[4].ToString());
        Assert.InRange(ring[0][0].GetDouble(), -1.2, -0.9797);
        Assert.InRange(ring[0][1].GetDouble(), 52.4, 52.5003);
        var shares = features["SP68"].GetProperty("properties");
        Assert.Equal(1, shares.GetProperty("photos").GetDouble());
        Assert.True(shares.GetProperty("sparse").GetBoolean());
        Assert.InRange(shares.GetProperty("share_tag1077").GetDouble(), 0.001, 0.999);
        Assert.InRange(shares.GetProperty("deviation_tag1077").GetDouble(), 0.001, 0.5);
    }

    [Fact]
    public async Task Labels_BecomeAGeoParquetFile_OfTheTagsThatAreAskedFor()
    {
        var tags = Core.Tags.TagCatalog.Tags;
        var labels = _directory.PathOf("train.csv");
        File.WriteAllLines(
            labels,
            [
                "gridimage_id," + string.Join(',', tags.Select(tag => tag.Id)),
                .. Enumerable
                    .Range(1, 40)
                    .Select(id => $"{id}," + string.Join(',', tags.Select(tag => tag.Name == "Canals" && id % 2 == 0 ? 1 : 0))),
            ]
        );
        var metadata = _directory.PathOf("metadata.csv");
        File.WriteAllLines(
            metadata,
            [
                "gridimage_id,title,grid_reference",
                .. Enumerable.Range(1, 50).Select(id => $"{id},A title,{(id <= 20 ? "SP6989" : "O1534")}"),
            ]
        );
        var output = _directory.PathOf("map.parquet");

        var run = await GeotagRun.Of(
            "places",
            "map",
            "--labels",
            labels,
            "--metadata",
            metadata,
            "--square",
            "1km",
            "--tag",
            "canals",
            "--output",
            output
        );

        Assert.True(run.ExitCode == 0, run.Error);
        await using var reader = await ParquetReader.CreateAsync(output, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains("\"Polygon\"", reader.CustomMetadata["geo"], StringComparison.Ordinal);
        Assert.Equal(
            ["square", "grid", "top", "edge", "photos", "ownWeight", "sparse", "share_tag1077", "deviation_tag1077", "geometry"],
            reader.Schema.DataFields.Select(field => field.Name)
        );
        Assert.Equal(2, reader.Metadata!.NumRows);
    }

    [Theory]
    [InlineData("--input or --labels", "--output", "map.geojson")]
    [InlineData(".geojson or .parquet", "--input", "run.ndjson", "--output", "map.shp")]
    [InlineData("there is no such file", "--input", "run.ndjson", "--output", "map.geojson")]
    [InlineData("there is no such tag", "--input", "run.ndjson", "--tag", "Canal", "--output", "map.geojson")]
    [InlineData("--metadata", "--labels", "train.csv", "--output", "map.geojson")]
    public async Task WhatMakesNoSense_IsSaid(string sentence, params string[] arguments)
    {
        var run = await GeotagRun.Of(["places", "map", .. arguments]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }
}
