using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Places;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>What <c>geotag embed</c> stored, scored again.</summary>
public sealed class StoredEmbeddingsTests(TinyModel model) : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_directory.PathOf("photos", "00000"));
        for (var id = 1; id <= 9; id++)
        {
            _directory.Write(
                Path.Combine("photos", "00000", $"{id}.jpg"),
                id == 4 ? "no photo"u8.ToArray() : TestImages.Jpeg(64, 48, seed: id)
            );
        }

        // 4 is unreadable, 10 is missing, and each has a title, if a blank one; 3 and 6 have no place that counts.
        await File.WriteAllLinesAsync(
            _directory.PathOf("metadata.csv"),
            ["gridimage_id,title,grid_reference", .. Enumerable.Range(1, 9).Select(id => $"{id},Photo {id},{Square(id)}"), "10,,"],
            TestContext.Current.CancellationToken
        );
        Assert.Equal(ExitCode.ItemsFailed, (await Embed("store")).ExitCode);
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("linear-img")]
    [InlineData("linear-img-txt-loc")]
    public async Task StoredRows_ScoreAsTheirPhotosDo(string head)
    {
        var list = _directory.PathOf("list.csv");
        await File.WriteAllLinesAsync(
            list,
            [
                "id,image,title,gridReference",
                .. Enumerable.Range(1, 9).Where(id => id != 4).Select(id => $"{id},photos/00000/{id}.jpg,Photo {id},{Square(id)}"),
            ],
            TestContext.Current.CancellationToken
        );

        var stored = await Tag(_directory.PathOf("store"), "stored.ndjson", "--head", head, "--probabilities");
        (await Tag(list, "photos.ndjson", "--head", head, "--probabilities", "--ignore-orientation")).Succeeds();
        var (rows, expected) = (await RowsAsync("stored.ndjson"), await RowsAsync("photos.ndjson"));
        var faults = await RowsAsync("stored.ndjson.errors.ndjson");

        Assert.Equal(ExitCode.Success, stored.ExitCode);
        Assert.Equal(expected.Select(row => row.GetProperty("id").GetString()), rows.Select(row => row.GetProperty("id").GetString()));
        foreach (var (row, photo) in rows.Zip(expected))
        {
            Assert.Equal(photo.GetProperty("probabilities").ToString(), row.GetProperty("probabilities").ToString());
            Assert.Equal(photo.GetProperty("tags_0.5").ToString(), row.GetProperty("tags_0.5").ToString());
            Assert.Equal(head, row.GetProperty("head").GetString());
            // A place outside the British grid is no input of a head, as in training; a store knows it, and it stands in the answer.
            var isPlaced = photo.TryGetProperty("lat", out var latitude);
            Assert.Equal(isPlaced, row.TryGetProperty("lat", out var storedLatitude));
            if (isPlaced)
            {
                Assert.Equal(latitude.GetDouble(), storedLatitude.GetDouble(), 1e-6);
                Assert.Equal(photo.GetProperty("lon").GetDouble(), row.GetProperty("lon").GetDouble(), 1e-6);
            }
        }

        // Both heads want a photo.
        Assert.Equal(["4", "10"], faults.Select(fault => fault.GetProperty("id").GetString()));
        Assert.All(faults, fault => Assert.Equal("missing-input", fault.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task StoreInParts_IsOneList()
    {
        await Embed("parts", "--shard", "1/2");
        await Embed("parts", "--shard", "2/2");

        await Tag(_directory.PathOf("parts"), "parts.csv");
        await Tag(_directory.PathOf("store"), "store.csv");

        Assert.Equal((await LinesAsync("store.csv")).Order(), (await LinesAsync("parts.csv")).Order());
    }

    [Fact]
    public async Task StoreOfAnotherBundle_IsToldAndOfAnotherLengthIsRefused()
    {
        var layout = _directory.PathOf("store", "store.json");
        var text = await File.ReadAllTextAsync(layout, TestContext.Current.CancellationToken);
        var digest = JsonElement.Parse(text).GetProperty("model").GetString()!;
        await File.WriteAllTextAsync(
            layout,
            text.Replace(digest, new string('0', 64), StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );

        var told = await Tag(_directory.PathOf("store"), "told.csv");
        var refused = await GeotagRun.Of("tag", "--input", _directory.PathOf("store"), "--output", _directory.PathOf("refused.csv"));

        Assert.Contains("made by the model 000000000000", told.Error, StringComparison.Ordinal);
        Assert.Equal(1 + 10, (await LinesAsync("told.csv")).Length);
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("of another model", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.PathOf("refused.csv")));
    }

    [Fact]
    public async Task ManyRows_ComeInTheOrderOfTheStore()
    {
        var rows = Enumerable.Range(1, 700).ToArray();
        using (var writer = Training.Storage.EmbeddingStoreWriter.Open(_directory.PathOf("many"), Layout()))
        {
            foreach (var id in rows)
            {
                var parts = id % 50 == 0 ? Training.Storage.RowParts.PhotoMissing : Training.Storage.RowParts.Image;
                writer.Add(
                    new Training.Storage.StoreEntry(id, parts, 0, 0),
                    [.. Enumerable.Range(0, 16).Select(i => MathF.Sin((id * 16) + i))],
                    []
                );
            }

            writer.Commit();
        }

        await Tag(_directory.PathOf("many"), "many.csv");

        Assert.Equal(
            rows.Where(id => id % 50 != 0).Select(id => $"{id}"),
            (await LinesAsync("many.csv")).Skip(1).Select(line => line.Split(',')[0])
        );
        var faults = await RowsAsync("many.csv.errors.ndjson");
        Assert.Equal(14, faults.Count);
        Assert.All(faults, fault => Assert.Equal("missing-input", fault.GetProperty("code").GetString()));
        Assert.All(faults, fault => Assert.Contains("was missing", fault.GetProperty("detail").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Place_IsDecodedToWhatEncodesTheSame()
    {
        for (var step = 0; step <= 1000; step++)
        {
            var (latitude, longitude) = LocationFeatures.Encode(new GeoPosition(49.9 + (12.0 * step / 1000), -8.6 + (10.7 * step / 1000)));
            Assert.Equal((latitude, longitude), LocationFeatures.Encode(LocationFeatures.Decode(latitude, longitude)));
        }
    }

    private static string Square(int id) =>
        id switch
        {
            3 => "",
            6 => "O1234",
            _ => $"TQ30{80 + id}",
        };

    private Training.Storage.StoreLayout Layout() => Training.Storage.StoreLayout.Read(_directory.PathOf("store"));

    private Task<GeotagRun> Embed(string store, params string[] rest) =>
        GeotagRun.Of([
            "embed",
            "--bundle",
            model.Bundle,
            "--photos",
            _directory.PathOf("photos"),
            "--metadata",
            _directory.PathOf("metadata.csv"),
            "--output",
            _directory.PathOf(store),
            "--precision",
            "Fp32",
            .. rest,
        ]);

    private async Task<List<JsonElement>> RowsAsync(string name) => [.. (await LinesAsync(name)).Select(line => JsonElement.Parse(line))];

    private Task<string[]> LinesAsync(string name) =>
        File.ReadAllLinesAsync(_directory.PathOf(name), TestContext.Current.CancellationToken);

    private Task<GeotagRun> Tag(string input, string output, params string[] rest) =>
        GeotagRun.Of(["tag", "--bundle", model.Bundle, "--input", input, "--output", _directory.PathOf(output), .. rest]);
}
