using System.Text.Json;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;
using Parquet;
using Parquet.Schema;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Lists that are Parquet.</summary>
public sealed class ParquetListTests(TinyModel model) : IDisposable
{
    private static readonly DataField<long> Id = new("id", false);
    private static readonly DataField<string> Title = new("title", true);
    private static readonly DataField<double> Lat = new("lat", true);
    private static readonly DataField<float> Lon = new("Lon", false);
    private static readonly DataField<int> Other = new("other", false);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Columns_AreReadByName_AcrossRowGroups()
    {
        _directory.Write("a.jpg", TestImages.Jpeg());
        var image = new DataField<string>("image", true);
        await WriteAsync(
            "list.parquet",
            [Other, Id, image, Title, Lat, Lon],
            groups: 3,
            async (group, i) =>
            {
                await group.WriteAsync<int>(Other, new[] { 0, 0 });
                await group.WriteAsync<long>(Id, new[] { 10L + i, 20L + i });
                await group.WriteAsync(image, new[] { "a.jpg", "absent.jpg" });
                await group.WriteAsync(Title, new[] { "Tor", null! });
                await group.WriteAsync<double>(Lat, new double?[] { 53.35, null });
                await group.WriteAsync<float>(Lon, new[] { -1.81f, 0 });
            }
        );

        var run = await Tag("out.csv", _directory.PathOf("list.parquet"));

        run.Succeeds();
        Assert.Contains("left alone: other", run.Error, StringComparison.Ordinal);
        Assert.Equal(["10", "11", "12"], Lines("out.csv").Select(line => line.Split(',')[0]));
        Assert.StartsWith("10,a.jpg,Tor,53.35,-1.81,SK 1", Lines("out.csv")[0], StringComparison.Ordinal);
        Assert.Equal(3, Faults("out.csv").Count);
        using var list = ListInputs.Open([_directory.PathOf("list.parquet")], ListColumns.Parse([]), null);
        Assert.Equal(["20", "11"], list.Read(new ListBookmark(7, 1)).Take(2).Select(item => item.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PhotosAsBytes_GiveWhatTheirFilesGive(bool isNested)
    {
        byte[][] photos = [TestImages.Jpeg(), TestImages.Jpeg(seed: 4), "no photo"u8.ToArray()];
        Directory.CreateDirectory(_directory.PathOf("photos"));
        for (var i = 0; i < photos.Length; i++)
        {
            _directory.Write($"photos/{i}.jpg", photos[i]);
        }

        var (bytes, path) = (
            new DataField(isNested ? "bytes" : "image", typeof(byte[]), isNullable: true),
            new DataField<string>("path", true)
        );
        Field[] fields = isNested ? [Id, new StructField("image", bytes, path)] : [Id, bytes];
        await WriteAsync(
            "list.parquet",
            fields,
            groups: 1,
            async (group, _) =>
            {
                await group.WriteAsync<long>(Id, new[] { 0L, 1L, 2L });
                await group.WriteAsync(bytes, photos);
                if (isNested)
                {
                    await group.WriteAsync(path, new[] { "0.jpg", "1.jpg", "2.jpg" });
                }
            }
        );

        (await Tag("out.ndjson", _directory.PathOf("list.parquet"), "--probabilities")).Succeeds();
        (await Tag("files.ndjson", _directory.PathOf("photos"), "--probabilities")).Succeeds();

        string[] Scores(string output) =>
            [.. File.ReadLines(_directory.PathOf(output)).Select(line => JsonElement.Parse(line).GetProperty("probabilities").ToString())];
        Assert.Equal(Scores("files.ndjson"), Scores("out.ndjson"));
        Assert.Equal("unsupported-media", Assert.Single(Faults("out.ndjson")).GetProperty("code").GetString());
        var update = await Tag("out.ndjson", _directory.PathOf("list.parquet"), "--probabilities", "--update");
        Assert.Contains("2 done, 1 rejected", update.Error, StringComparison.Ordinal);
        Assert.Contains("2 of them as before", update.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsNoParquet_IsTold()
    {
        _directory.Write("none.parquet", "no Parquet at all"u8.ToArray());
        (await Tag("out.csv", _directory.PathOf("none.parquet"))).Fails(ExitCode.Usage, "no Parquet file");

        await WriteAsync("other.parquet", [Other], 1, (group, _) => group.WriteAsync<int>(Other, new[] { 1 }));
        (await Tag("out.csv", _directory.PathOf("other.parquet"))).Fails(ExitCode.Usage, "it has other");
    }

    private async Task WriteAsync(string name, Field[] fields, int groups, Func<ParquetRowGroupWriter, int, Task> write)
    {
        await using var file = File.Create(_directory.PathOf(name));
        await using var writer = await ParquetWriter.CreateAsync(
            new ParquetSchema(fields),
            file,
            cancellationToken: TestContext.Current.CancellationToken
        );
        for (var i = 0; i < groups; i++)
        {
            using var group = writer.CreateRowGroup();
            await write(group, i);
        }
    }

    private string[] Lines(string name) => [.. File.ReadLines(_directory.PathOf(name)).Skip(1)];

    private List<JsonElement> Faults(string output) =>
        [.. File.ReadLines(_directory.PathOf(output + ".errors.ndjson")).Select(line => JsonElement.Parse(line))];

    private Task<GeotagRun> Tag(string output, params string[] rest) =>
        GeotagRun.Of(["tag", "--bundle", model.Bundle, "--output", _directory.PathOf(output), .. rest]);
}
