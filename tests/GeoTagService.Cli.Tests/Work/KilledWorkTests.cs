using GeoTagService.Cli.Execution;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Work;

/// <summary>A worker that is really killed.</summary>
public sealed class KilledWorkTests(TinyModel model) : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly UnrulyLabeller _labeller = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _labeller.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task WorkerKilledBeforeItsResultsAreTaken_HandsThemInOnceItRunsAgain()
    {
        for (var id = 1; id <= 12; id++)
        {
            _labeller.Photos[$"{id}.jpg"] = TestImages.Jpeg(64, 48, seed: id);
        }

        _labeller.Enqueue([.. Enumerable.Range(1, 12).Select(id => ((long)id, $"{id}.jpg", (string?)$"title {id}"))]);
        for (var i = 0; i < 10_000; i++)
        {
            // Nothing is taken while the first worker lives, so that it cannot end before it is killed.
            _labeller.PostFaults.Enqueue(503);
        }

        using (var worker = GeotagProcess.Start([.. Arguments, "--retries", "50"]))
        {
            await worker.UntilAsync(() =>
                Directory.Exists(_directory.PathOf("state")) && Directory.GetFiles(_directory.PathOf("state"), "*-labels.json").Length > 0
            );
            await worker.KillAsync();
        }

        await _labeller.SettledAsync();
        _labeller.PostFaults.Clear();
        var second = await GeotagRun.Of([.. Arguments, "--retries", "2"]);
        var labelled = _labeller.Labels.Select(label => label.Id).ToHashSet();
        var third = await GeotagRun.Of([.. Arguments, "--retries", "2"]);

        Assert.True(second.ExitCode == ExitCode.Success, second.Error);
        Assert.True(third.ExitCode == ExitCode.Success, third.Error);
        Assert.NotEmpty(labelled);
        Assert.Equal(Enumerable.Range(1, 12).Select(id => (long)id), _labeller.Labels.Select(label => label.Id).Distinct().Order());
        Assert.Equal(24, _labeller.Embeddings.Count());
        Assert.Empty(Directory.GetFiles(_directory.PathOf("state")));
    }

    private string[] Arguments =>
        [
            "work",
            "--bundle",
            model.Bundle,
            "--labeller",
            _labeller.Address,
            "--state",
            _directory.PathOf("state"),
            "--pause",
            "0",
            "--polls",
            "1",
            "--head",
            "linear-img-txt-loc",
        ];
}
