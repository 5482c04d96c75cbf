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

    /// <summary>Each with one good photo beside the fault, of which the first is named.</summary>
    [Theory]
    [InlineData(
        "run.ndjson",
        "{\"id\":\"1\",\"tags_0.5\":[\"Canals\"],\"lat\":52.5,\"lon\":-1}\n{\"id\":\"2\",\"tags_0.5\":[\"Canal\"],\"lat\":52.5,\"lon\":-1}\n",
        "1 that could not be read (the first: ",
        "run.ndjson, line 2: there is no tag 'Canal')"
    )]
    [InlineData(
        "run.ndjson",
        "{\"id\":\"1\",\"tags_0.5\":[\"Canals\"],\"lat\":52.5,\"lon\":-1}\n{\"id\":\"2\",\"tags_0.5\":[\"Canals\"],\"lat\":95,\"lon\":-1}\n",
        "0 outside both grids, 1 that could not be read",
        "line 2: lat 95, lon -1 is no place"
    )]
    [InlineData(
        "run.ndjson",
        "{\"id\":\"1\",\"tags_0.5\":[\"Canals\"],\"lat\":52.5,\"lon\":-1}\n{\"id\":\"2\",\"probabilities\":{\"tag1077\":12.5},\"lat\":52.5,\"lon\":-1}\n",
        "1 that could not be read",
        "line 2: tag1077 is '12.5'; a probability lies between 0 and 1"
    )]
    [InlineData(
        "run.ndjson",
        "{\"id\":\"1\",\"tags_0.5\":[\"Canals\"],\"lat\":52.5,\"lon\":-1}\n{\"id\":\"2\",\"tags_0.5\":[\"Canals\"],\"lat\":null,\"lon\":null}\n{\"id\":\"3\",\"ta",
        "1 without a place, 0 outside both grids, 1 that could not be read",
        "line 3: no JSON, or cut"
    )]
    [InlineData(
        "run.ndjson",
        "{\"id\":\"1\",\"tags_0.5\":[\"Canals\"],\"lat\":52.5,\"lon\":-1}\n{\"id\":\"2\",\"tags_0.5\":[\"Canals\"],\"lat\":-1,\"lon\":52.5}\n",
        "1 outside both grids (1 of them inside with lat and lon the other way round)"
    )]
    [InlineData(
        "run.ndjson",
        "{\"id\":\"1\",\"tags_0.5\":[\"Canals\"],\"lat\":52.5,\"lon\":-1}\n{\"id\":\"1\",\"tags_0.5\":[\"Canals\"],\"lat\":52.5,\"lon\":-1}\n",
        "1 that were there already"
    )]
    [InlineData(
        "run.geojson",
        "{\"type\":\"FeatureCollection\",\"features\":[\n{\"type\":\"Feature\",\"id\":\"1\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[-1,52.5]},\"properties\":{\"tags_0.5\":[\"Canals\"]}}\n",
        "1 that could not be read",
        "run.geojson ends before its collection does: it is cut"
    )]
    [InlineData(
        "run.csv",
        "id,lat,lon,tags_0.5\n1,52.5,-1,Canals\n2,NaN,-1,Canals\n3,52.5,,Canals\n4,x,-1,Canals\n5,52.5\n",
        "1 without a place, 0 outside both grids, 3 that could not be read",
        "run.csv, line 3: lat NaN, lon -1 is no place"
    )]
    [InlineData("run.csv", "id,lat,lon,tags_0.5\n1,52.5,-1,Canals\n1,52.5,-1,Canals\n", "1 that were there already")]
    public async Task Fault_IsCountedAndTheFirstIsNamed(string name, string content, params string[] sentences)
    {
        var (input, output) = (_directory.PathOf(name), _directory.PathOf("map.geojson"));
        File.WriteAllText(input, content);

        var run = await GeotagRun.Of("places", "map", "--input", input, "--output", output);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 photos in 1 squares", run.Error, StringComparison.Ordinal);
        Assert.All(sentences, sentence => Assert.Contains(sentence, run.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task CollectionOnOneLine_IsSaidToBeOne_AndNoMapIsWritten()
    {
        var (input, output) = (_directory.PathOf("run.geojson"), _directory.PathOf("map.geojson"));
        File.WriteAllText(input, """{"type":"FeatureCollection","features":[{"type":"Feature","properties":{}}]}""");

        var run = await GeotagRun.Of("places", "map", "--input", input, "--output", output);

        run.Fails(2, "no photo lies in a square", "no feature on a line of its own");
        Assert.False(File.Exists(output));
    }

    [Fact]
    public async Task Labels_AreCountedToTheLast_AndMetadataCountsAPhotoOnce()
    {
        var tags = Core.Tags.TagCatalog.Tags;
        var (labels, metadata, output) = (
            _directory.PathOf("train.csv"),
            _directory.PathOf("metadata.csv"),
            _directory.PathOf("map.parquet")
        );
        var zeros = string.Join(',', tags.Skip(1).Select(_ => 0));
        File.WriteAllText(
            labels,
            $"gridimage_id,{string.Join(',', tags.Select(tag => tag.Id))}\n1,1,{zeros}\n2,1,{zeros}\n3,1,{zeros}\n4,1,{zeros}\nx,1,{zeros}\n6,2,{zeros}\n"
        );
        File.WriteAllText(metadata, "gridimage_id,grid_reference\n1,SP6989\n1,SP6989\n2,\n3,QQ99\n9,SP6989\n");

        var run = await GeotagRun.Of("places", "map", "--labels", labels, "--metadata", metadata, "--output", output);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 photos in 1 squares", run.Error, StringComparison.Ordinal);
        // One that metadata leaves empty and one that it does not have; two labels that are none and one reference.
        Assert.Contains("2 without a place, 0 outside both grids, 3 that could not be read", run.Error, StringComparison.Ordinal);
        Assert.Contains("train.csv, line 6: gridimage_id is 'x'", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 that were there already", run.Error, StringComparison.Ordinal);
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
