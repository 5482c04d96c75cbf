using System.Globalization;
using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;
using Parquet;
using Parquet.Schema;

namespace GeoTagService.Cli.Tests.Lists;

public sealed class TagListTests(TinyModel model) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Csv_GivesEachRowItsTagsAndEachFaultItsCode()
    {
        _directory.Write("a.jpg", TestImages.Jpeg());
        _directory.Write("broken.jpg", "no photo"u8.ToArray());
        var list = List(
            "list.csv",
            "id,image,title,lat,lon\n1,a.jpg,\"Mam Tor, Derbyshire\",53.35,-1.81\n2,broken.jpg,x,,\n3,missing.jpg,,,\n4,,Canal,95,0\n5,,Canal lock,abc,0\n6,,Last,,\n"
        );

        var run = await Tag(list, "out.csv", "--probabilities");
        var rows = await LinesAsync("out.csv");
        var faults = (await LinesAsync("out.csv.errors.ndjson")).Select(line => JsonElement.Parse(line)).ToList();

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("6 items: 2 done, 4 rejected", run.Error, StringComparison.Ordinal);
        Assert.Equal(3, rows.Length);
        Assert.StartsWith(
            "id,image,title,lat,lon,gridReference,head,tags_0.2,fallback_0.2,tags_0.5,fallback_0.5,warnings,tag479,",
            rows[0],
            StringComparison.Ordinal
        );
        Assert.StartsWith("1,a.jpg,\"Mam Tor, Derbyshire\",53.35,-1.81,SK 1", rows[1], StringComparison.Ordinal);
        Assert.StartsWith("6,,Last,,,,linear-txt,", rows[2], StringComparison.Ordinal);
        Assert.Equal(["2", "3", "4", "5"], faults.Select(fault => fault.GetProperty("id").GetString()));
        Assert.Equal(
            ["unsupported-media", "invalid-image", "invalid-value", "malformed"],
            faults.Select(fault => fault.GetProperty("code").GetString())
        );
    }

    [Fact]
    public async Task LabelsOfAList_AreThoseOfOnePhoto()
    {
        var photo = _directory.Write("a.jpg", TestImages.Jpeg());
        var list = List("list.ndjson", """{"id":7,"image":"a.jpg","title":"Mam \u0054or"}""" + "\n");

        await Tag(list, "out.ndjson", "--probabilities");
        var row = JsonElement.Parse(Assert.Single(await LinesAsync("out.ndjson")));
        var alone = JsonElement.Parse(
            (await GeotagRun.Of("tag", "--bundle", model.Bundle, "--image", photo, "--title", "Mam Tor", "--json")).Succeeds()
        );

        Assert.Equal("7", row.GetProperty("id").GetString());
        foreach (var tag in TagCatalog.Tags)
        {
            Assert.Equal(
                alone.GetProperty("probabilities").GetProperty(tag.Id).GetSingle(),
                row.GetProperty("probabilities").GetProperty(tag.Id).GetSingle()
            );
        }

        Assert.Equal(
            alone.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("name").GetString()),
            row.GetProperty("tags_0.5").EnumerateArray().Select(tag => tag.GetString())
        );
    }

    [Fact]
    public async Task DirectoryAndPattern_FindTheSamePhotosInOrder()
    {
        Directory.CreateDirectory(_directory.PathOf("photos", "deep"));
        foreach (var name in new[] { "b.jpg", "a.png", "deep/c.jpg", "deep/note.txt" })
        {
            _directory.Write(Path.Combine("photos", name), TestImages.Jpeg());
        }

        await Tag(_directory.PathOf("photos"), "all.csv");
        await Tag(_directory.PathOf("photos") + "/**/*.jpg", "some.csv");

        Assert.Equal(["a.png", "b.jpg", "deep/c.jpg"], (await LinesAsync("all.csv")).Skip(1).Select(line => line.Split(',')[0]));
        Assert.Equal(["b.jpg", "deep/c.jpg"], (await LinesAsync("some.csv")).Skip(1).Select(line => line.Split(',')[0]));
    }

    [Fact]
    public async Task GeoJson_IsACollectionOfPoints()
    {
        var list = List("list.csv", "id,title,lat,lon\na,Canal,53.5,-1.5\nb,Nowhere,,\n");

        await Tag(list, "out.geojson");
        var collection = JsonElement.Parse(
            await File.ReadAllTextAsync(_directory.PathOf("out.geojson"), TestContext.Current.CancellationToken)
        );
        var features = collection.GetProperty("features").EnumerateArray().ToList();

        Assert.Equal("FeatureCollection", collection.GetProperty("type").GetString());
        Assert.Equal(2, features.Count);
        Assert.Equal(
            [-1.5, 53.5],
            features[0].GetProperty("geometry").GetProperty("coordinates").EnumerateArray().Select(number => number.GetDouble())
        );
        Assert.Equal(JsonValueKind.Null, features[1].GetProperty("geometry").ValueKind);
    }

    [Fact]
    public async Task GeoParquet_HasPointsAndTheFormatsMetadata()
    {
        var list = List("list.csv", "id,title,lat,lon\na,Canal,53.5,-1.5\nb,Nowhere,,\nc,Moor,54.5,-2.5\n");

        await Tag(list, "out.parquet", "--probabilities", "--scores");
        await using var reader = await ParquetReader.CreateAsync(
            _directory.PathOf("out.parquet"),
            cancellationToken: TestContext.Current.CancellationToken
        );
        var geo = JsonElement.Parse(reader.CustomMetadata["geo"]);
        var column = geo.GetProperty("columns").GetProperty(geo.GetProperty("primary_column").GetString()!);
        using var group = reader.OpenRowGroupReader(0);
        var points = new byte[]?[3];
        var ids = new string?[3];
        await group.ReadAsync(Field(reader, "geometry"), points.AsMemory(), cancellationToken: TestContext.Current.CancellationToken);
        await group.ReadAsync(Field(reader, "id"), ids.AsMemory(), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("1.1.0", geo.GetProperty("version").GetString());
        Assert.Equal("WKB", column.GetProperty("encoding").GetString());
        Assert.Equal(["Point"], column.GetProperty("geometry_types").EnumerateArray().Select(type => type.GetString()));
        Assert.Equal([-2.5, 53.5, -1.5, 54.5], column.GetProperty("bbox").EnumerateArray().Select(number => number.GetDouble()));
        Assert.Equal(["a", "b", "c"], ids);
        Assert.Equal("0101000000000000000000F8BF0000000000C04A40", Convert.ToHexString(points[0]!));
        Assert.Null(points[1]);
        Assert.Equal(5 + 4 + 2 + 2 + 49 + 1, reader.Schema.DataFields.Length);
    }

    [Fact]
    public async Task Shards_ShareTheListWithoutOverlap()
    {
        var list = List("list.csv", "id,title\n" + string.Concat(Enumerable.Range(0, 10).Select(i => $"{i},t{i}\n")));

        await Tag(list, "1.csv", "--shard", "1/3");
        await Tag(list, "2.csv", "--shard", "2/3");
        await Tag(list, "3.csv", "--shard", "3/3");
        var ids = new List<string>();
        foreach (var part in new[] { "1.csv", "2.csv", "3.csv" })
        {
            ids.AddRange((await LinesAsync(part)).Skip(1).Select(line => line.Split(',')[0]));
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(i => i.ToString(CultureInfo.InvariantCulture)), ids.Order());
    }

    [Fact]
    public async Task Embeddings_ScoreAsTheirPhotoDoes()
    {
        var photo = _directory.Write("a.jpg", TestImages.Jpeg());
        var vectors = JsonElement.Parse(
            (await GeotagRun.Of("inspect", "embedding", "--bundle", model.Bundle, "--image", photo, "--text", "Mam Tor")).Succeeds()
        );
        string Base64(int row) =>
            Convert.ToBase64String(
                System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(
                    vectors[row].EnumerateArray().Select(number => number.GetSingle()).ToArray()
                )
            );
        var list = List(
            "list.csv",
            $"key,imageEmbedding,titleEmbedding,lat,lon\n1,{Base64(0)},{Base64(1)},53.35,-1.81\n2,AAAA,,,\n3,{Base64(0)},,,\n"
        );
        var photos = List("photos.csv", "id,image,title,lat,lon\n1,a.jpg,Mam Tor,53.35,-1.81\n3,a.jpg,,,\n");

        var run = await Tag(list, "embedded.ndjson", "--probabilities", "--column", "id=key");
        await Tag(photos, "photos.ndjson", "--probabilities");

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal(
            (await LinesAsync("photos.ndjson")).Select(line => JsonElement.Parse(line).GetProperty("probabilities").ToString()),
            (await LinesAsync("embedded.ndjson")).Select(line => JsonElement.Parse(line).GetProperty("probabilities").ToString())
        );
    }

    [Fact]
    public async Task RunThatWasKilled_GoesOnAndLosesNothing()
    {
        var list = List(
            "list.csv",
            "id,title,lat\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i},title {i},{(i % 7 == 3 ? "x" : "")}\n"))
        );
        await Tag(list, "whole.geojson");
        var whole = await File.ReadAllTextAsync(_directory.PathOf("whole.geojson"), TestContext.Current.CancellationToken);
        var faults = await File.ReadAllTextAsync(_directory.PathOf("whole.geojson.errors.ndjson"), TestContext.Current.CancellationToken);

        // What a kill leaves: a ledger of some moment, and files that went on for a while after it.
        foreach (var next in new[] { 0, 1, 3, 4, 30, 59 })
        {
            var rows = whole
                .Split('\n')
                .Skip(1)
                .TakeWhile(line => line.StartsWith(',') || line.StartsWith('{'))
                .TakeWhile(line => Position(line) < next)
                .ToList();
            var bad = faults
                .Split('\n')
                .Where(line => line.Length > 0 && JsonElement.Parse(line).GetProperty("position").GetInt64() < next)
                .ToList();
            var kept = string.Concat(whole.Split('\n').Take(1 + rows.Count).Select(line => line + "\n"));
            var keptFaults = string.Concat(bad.Select(line => line + "\n"));
            await WriteAsync("killed.geojson", kept + ",{\"half a ro");
            await WriteAsync("killed.geojson.errors.ndjson", keptFaults + "{\"position\":59,");
            File.Copy(
                _directory.PathOf(".geotag/whole.geojson.ledger.items"),
                _directory.PathOf(".geotag/killed.geojson.ledger.items"),
                overwrite: true
            );
            var ledger = JsonSerializer.Deserialize<Dictionary<string, object>>(
                await File.ReadAllTextAsync(_directory.PathOf(".geotag/whole.geojson.ledger"), TestContext.Current.CancellationToken)
            )!;
            (ledger["next"], ledger["done"], ledger["rejected"]) = (next, rows.Count, bad.Count);
            (ledger["outputBytes"], ledger["errorBytes"], ledger["complete"]) = (
                System.Text.Encoding.UTF8.GetByteCount(kept),
                System.Text.Encoding.UTF8.GetByteCount(keptFaults),
                false
            );
            await WriteAsync(".geotag/killed.geojson.ledger", JsonSerializer.Serialize(ledger));

            var run = await Tag(list, "killed.geojson");

            Assert.Equal(ExitCode.Success, run.ExitCode);
            Assert.Contains("60 items: 51 done, 9 rejected", run.Error, StringComparison.Ordinal);
            Assert.Equal(whole, await File.ReadAllTextAsync(_directory.PathOf("killed.geojson"), TestContext.Current.CancellationToken));
            Assert.Equal(
                faults,
                await File.ReadAllTextAsync(_directory.PathOf("killed.geojson.errors.ndjson"), TestContext.Current.CancellationToken)
            );
        }

        static long Position(string line) =>
            long.Parse(JsonElement.Parse(line.TrimStart(',')).GetProperty("id").GetString()!, CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("id;caption\n1;Canal\n", "one column, 'id;caption': a .csv is separated by commas")]
    [InlineData("number,caption\n1,Canal\n", "it has number, caption; --column title=NAME")]
    public async Task HeaderThatMeansNothing_IsShown(string text, string says) =>
        (await Tag(List("list.csv", text), "out.csv")).Fails(ExitCode.Usage, says);

    [Fact]
    public async Task WhatIsLeftAlone_IsTold()
    {
        var list = await Tag(List("list.csv", "title,Latitude,Longitude\nCanal,53.35,-1.81\n"), "list.out.csv");
        Assert.Contains("columns used: title; left alone: Latitude, Longitude", list.Error, StringComparison.Ordinal);

        Directory.CreateDirectory(_directory.PathOf("photos"));
        _directory.Write("photos/a.jpg", TestImages.Jpeg());
        _directory.Write("photos/b.mp4", [1]);
        var photos = await Tag(_directory.PathOf("photos"), "photos.out.csv");
        Assert.Contains("1 .mp4", photos.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_SayLineAndPath()
    {
        await Tag(List("list.csv", "id,image,title\n1,,\"Two\nlines\"\n2,absent.jpg,\n3,,a,b,c\n"), "out.csv");

        var faults = (await LinesAsync("out.csv.errors.ndjson"))
            .Select(line => JsonElement.Parse(line).GetProperty("detail").GetString()!)
            .ToList();
        Assert.Contains(_directory.PathOf("absent.jpg"), faults[0], StringComparison.Ordinal);
        Assert.StartsWith("Line 5 has 5 fields", faults[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListThatWasChanged_IsAnotherList()
    {
        var list = List("list.csv", "id,title\n1,Canal\n");
        (await Tag(list, "out.csv")).Succeeds();
        List("list.csv", "id,title\n1,Canel\n");

        (await Tag(list, "out.csv")).Fails(ExitCode.Usage, "changed since");
    }

    [Fact]
    public async Task FinishedRun_IsNotDoneAgain_AndAnotherOneIsRefused()
    {
        var list = List("list.csv", "id,title\n1,Canal\n");
        (await Tag(list, "out.csv")).Succeeds();
        var before = await File.ReadAllTextAsync(_directory.PathOf("out.csv"), TestContext.Current.CancellationToken);

        var again = await Tag(list, "out.csv");
        again.Succeeds();
        Assert.Contains("nothing is pending", again.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(_directory.PathOf("out.csv"), TestContext.Current.CancellationToken));
        (await Tag(list, "out.csv", "--thresholds", "0.3")).Fails(ExitCode.Usage, "--restart");
        (await Tag(list, "out.csv", "--thresholds", "0.3", "--restart")).Succeeds();
        Assert.StartsWith(
            "id,image,title,lat,lon,gridReference,head,tags_0.3,",
            (await LinesAsync("out.csv"))[0],
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("list.csv out.txt", ".geojson")]
    [InlineData("nowhere.csv out.csv", "no such list")]
    [InlineData("list.csv out.csv --thresholds 0.2,1", "0.2,0.5")]
    [InlineData("list.csv out.csv --shard 4/3", "2/4")]
    [InlineData("list.csv out.csv --column foo=bar", "gridReference")]
    [InlineData("list.csv out.csv --column title=nothing", "no column 'nothing', which --column names; it has id, title")]
    [InlineData("list.csv out.csv --head linear-tx", "no head 'linear-tx'")]
    [InlineData("list.csv out.csv --threshold 0.2", "--thresholds")]
    [InlineData("list.csv nowhere/out.csv", "there is no directory")]
    [InlineData("list.csv out.csv --title T", "one photo")]
    [InlineData("list.csv out.csv --server ftp://x", "http")]
    public async Task CommandLineThatMakesNoSense_IsUsage(string line, string says)
    {
        List("list.csv", "id,title\n1,Canal\n");
        var parts = line.Split(' ');

        (await Tag(_directory.PathOf(parts[0]), parts[1], parts[2..])).Fails(ExitCode.Usage, says);
    }

    private static DataField Field(ParquetReader reader, string name) => reader.Schema.DataFields.Single(field => field.Name == name);

    private string List(string name, string text)
    {
        File.WriteAllText(_directory.PathOf(name), text);
        return _directory.PathOf(name);
    }

    private Task WriteAsync(string name, string text) =>
        File.WriteAllTextAsync(_directory.PathOf(name), text, TestContext.Current.CancellationToken);

    private Task<string[]> LinesAsync(string name) =>
        File.ReadAllLinesAsync(_directory.PathOf(name), TestContext.Current.CancellationToken);

    private Task<GeotagRun> Tag(string input, string output, params string[] rest) =>
        GeotagRun.Of(["tag", "--bundle", model.Bundle, "--input", input, "--output", _directory.PathOf(output), .. rest]);
}
