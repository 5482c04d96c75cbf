using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Work;

/// <summary>A thousand photos through every kind of bad luck at once.</summary>
public sealed class WorkStormTests(TinyModel model) : IAsyncLifetime
{
    private const int Count = 1000;
    private const int Kills = 4;

    /// <summary>Scores differ with a photo's batch mates by less.</summary>
    private const double Tolerance = 1e-3;

    private readonly TemporaryDirectory _directory = new();
    private readonly UnrulyLabeller _labeller = new();

    public ValueTask InitializeAsync()
    {
        for (var id = 1; id <= Count; id++)
        {
            _labeller.Photos[$"{id}.jpg"] = TestImages.Jpeg(48, 40, seed: id);
            _labeller.Enqueue((id, $"{id}.jpg", id % 50 == 0 ? null : $"title {id}"));
        }

        // Some are gone and some are none.
        for (var id = 40; id <= Count; id += 100)
        {
            _labeller.Photos.Remove($"{id}.jpg", out _);
            _labeller.Photos[$"{id + 1}.jpg"] = "no photo"u8.ToArray();
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _labeller.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Storm_LosesNoResult()
    {
        var seed = int.Parse(
            Environment.GetEnvironmentVariable("GEOTAG_STORM_SEED") ?? "1",
            System.Globalization.CultureInfo.InvariantCulture
        );
        var random = new Random(seed);
        var storm = new WorkStorm(_labeller, seed);
        _labeller.Chaos = storm.StrikeAsync;
        for (var kill = 0; kill < Kills; kill++)
        {
            await UntilAsync(random.Next(60, 200));
        }

        await UntilAsync(int.MaxValue);
        var stored = _labeller.Labels.Select(label => label.Id).ToHashSet();
        var kept = Kept();
        Assert.DoesNotContain(Enumerable.Range(1, Count).Select(id => (long)id), id => !stored.Contains(id) && !kept.Contains(id));
        Assert.True(storm.Events.Count >= 30, string.Join(", ", storm.Events));

        // Then the weather is fine, and what was set aside is tried again.
        _labeller.Chaos = null;
        File.Delete(_directory.PathOf("state", "difficult.json"));
        var last = await GeotagRun.Of([.. Arguments(_labeller, Count), "--polls", "3"]);
        Assert.True(last.ExitCode is ExitCode.Success or ExitCode.ItemsFailed, last.Error);
        var inStorm = _labeller.Labels.ToLookup(label => label.Id);
        var embedded = _labeller.Embeddings.ToDictionary(one => (one.Id, one.Type), one => one.Bytes.Length);
        Assert.Empty(Directory.GetFiles(_directory.PathOf("state")));

        // The same without a storm.
        await using var calm = new UnrulyLabeller();
        foreach (var (name, photo) in _labeller.Photos)
        {
            calm.Photos[name] = photo;
        }

        calm.Enqueue([.. Enumerable.Range(1, Count).Select(id => ((long)id, $"{id}.jpg", id % 50 == 0 ? null : (string?)$"title {id}"))]);
        await GeotagRun.Of([.. Arguments(calm, Count), "--polls", "3"]);
        foreach (var labels in calm.Labels.GroupBy(label => label.Id))
        {
            var expected = labels
                .Where(label => Math.Abs(label.Score - 0.2) > Tolerance)
                .ToDictionary(label => label.Label, label => label.Score);
            var found = inStorm[labels.Key]
                .Where(label => Math.Abs(label.Score - 0.2) > Tolerance)
                .ToDictionary(label => label.Label, label => label.Score);
            Assert.Equal(expected.Keys.Order(), found.Keys.Order());
            Assert.All(expected, label => Assert.Equal(label.Value, found[label.Key], Tolerance));
        }

        Assert.Equal(Count, inStorm.Count);
        Assert.Equal(calm.Embeddings.Select(one => (one.Id, one.Type)).Order(), embedded.Keys.Order());
    }

    private string[] Arguments(UnrulyLabeller labeller, int limit) =>
        [
            "work",
            "--bundle",
            model.Bundle,
            "--labeller",
            labeller.Address,
            "--state",
            _directory.PathOf("state"),
            "--limit",
            $"{limit}",
            "--pause",
            "0",
            "--retries",
            "3",
            "--timeout",
            "2",
            "--downloads",
            "8",
            "--head",
            "linear-img-txt-loc",
        ];

    /// <summary>Works until so many requests have come, and is killed; or until everything is stored or kept.</summary>
    private async Task UntilAsync(int requests)
    {
        using var ceiling = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ceiling.CancelAfter(TimeSpan.FromMinutes(4));
        var goal = requests == int.MaxValue ? int.MaxValue : _labeller.UserAgents.Count + requests;
        while (_labeller.UserAgents.Count < goal && !IsDone())
        {
            // A worker whose photo host refuses everything ends; its supervisor starts it again.
            using var worker = GeotagProcess.Start(Arguments(_labeller, 25));
            while (!worker.HasExited && _labeller.UserAgents.Count < goal && !IsDone())
            {
                await Task.Delay(20, ceiling.Token);
            }

            if (!worker.HasExited)
            {
                await worker.KillAsync();
            }

            await _labeller.SettledAsync();
        }
    }

    private bool IsDone()
    {
        var stored = _labeller.Labels.Select(label => label.Id).ToHashSet();
        if (stored.Count < Count / 2)
        {
            return false;
        }

        stored.UnionWith(Kept());
        return stored.Count == Count;
    }

    private HashSet<long> Kept()
    {
        var state = _directory.PathOf("state");
        var kept = new HashSet<long>();
        foreach (var path in Directory.Exists(state) ? Directory.GetFiles(state, "*.*") : [])
        {
            try
            {
                if (Path.GetExtension(path) is ".json" or ".refused")
                {
                    kept.UnionWith(
                        JsonElement
                            .Parse(File.ReadAllBytes(path))
                            .EnumerateArray()
                            .Where(row =>
                                row.TryGetProperty("label", out _) || row.TryGetProperty("times", out var times) && times.GetInt32() >= 3
                            )
                            .Select(row => (row.TryGetProperty("image_id", out var id) ? id : row.GetProperty("id")).GetInt64())
                    );
                }
            }
            catch (IOException)
            {
                // Taken in this moment.
            }
        }

        return kept;
    }
}
