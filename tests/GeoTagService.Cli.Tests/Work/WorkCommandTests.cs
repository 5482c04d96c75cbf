using System.Runtime.InteropServices;
using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Work;

public sealed class WorkCommandTests(TinyModel model) : IAsyncLifetime
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
    public async Task Batch_ComesBackAsLabelsAndEmbeddings()
    {
        var photo = _directory.Write("a.jpg", TestImages.Jpeg());
        _labeller.Photos["1.jpg"] = await File.ReadAllBytesAsync(photo, TestContext.Current.CancellationToken);
        _labeller.HandOut((4_000_000_001, "1.jpg", "Mam Tor"));

        var run = await Work(1, "--record", _directory.PathOf("record.ndjson"));
        var alone = JsonElement.Parse((await GeotagRun.Of("tag", "--bundle", model.Bundle, "--image", photo, "--title", "Mam Tor", "--head", "linear-img-txt-loc", "--threshold", "0.2", "--json")).Succeeds());
        var vectors = JsonElement.Parse((await GeotagRun.Of("inspect", "embedding", "--bundle", model.Bundle, "--image", photo, "--text", "Mam Tor")).Succeeds());
        var record = JsonElement.Parse(await File.ReadAllTextAsync(_directory.PathOf("record.ndjson"), TestContext.Current.CancellationToken));

        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        Assert.Equal(
            alone.GetProperty("tags").EnumerateArray().Select(tag => (tag.GetProperty("name").GetString()!, tag.GetProperty("probability").GetSingle())).Order(),
            _labeller.Labels.Select(label => (label.Label, (float)label.Score)).Order());
        Assert.All(_labeller.Labels, label => Assert.Equal(4_000_000_001, label.Id));
        Assert.Equal(["image", "title"], _labeller.Embeddings.Select(embedding => embedding.Type));
        foreach (var (row, embedding) in _labeller.Embeddings.Index())
        {
            Assert.Equal(vectors[row].EnumerateArray().Select(number => number.GetSingle()), MemoryMarshal.Cast<byte, float>(embedding.Bytes).ToArray());
        }

        Assert.Matches(@"^\?model=clip&limit=250&unique_number=\d+$", Assert.Single(_labeller.PollQueries));
        Assert.Equal("A. Photographer", record.GetProperty("realname").GetString());
        Assert.Equal("CC BY-SA 2.0", record.GetProperty("licence").GetString());
        Assert.Empty(Directory.GetFiles(_directory.PathOf("state")));
    }

    [Fact]
    public async Task BadPhotos_FailAlone_AndUnreachableOnesAreLeft()
    {
        for (var id = 1; id <= 12; id++)
        {
            _labeller.Photos[$"{id}.jpg"] = TestImages.Jpeg(64, 48, seed: id);
        }

        _labeller.Photos["3.jpg"] = "no photo"u8.ToArray();
        _labeller.Photos.TryRemove("5.jpg", out _);
        _labeller.Faults["7.jpg"] = new([500, 503]);
        _labeller.Faults["9.jpg"] = new(Enumerable.Repeat(500, 50));
        _labeller.HandOut([.. Enumerable.Range(1, 12).Select(id => ((long)id, $"{id}.jpg", $"title {id}"))]);

        var run = await Work(1);
        var byPhoto = _labeller.Labels.ToLookup(label => label.Id);

        Assert.Equal(ExitCode.ItemsFailed, run.ExitCode);
        Assert.Contains("12 photos: 9 done, 2 failed, 1 left", run.Error, StringComparison.Ordinal);
        Assert.Equal(("Failed", -1), Assert.Single(byPhoto[3].Select(label => (label.Label, label.Score))));
        Assert.Equal(("Failed", -1), Assert.Single(byPhoto[5].Select(label => (label.Label, label.Score))));
        Assert.Empty(byPhoto[9]);
        Assert.All(new[] { 1, 2, 4, 6, 7, 8, 10, 11, 12 }, id => Assert.DoesNotContain(byPhoto[id], label => label.Label == "Failed"));
        Assert.Equal(18, _labeller.Embeddings.Count());
        Assert.InRange(_labeller.MostAtOnce, 1, 4);
    }

    [Fact]
    public async Task LabellerThatMisbehaves_IsAskedAgain()
    {
        _labeller.Photos["1.jpg"] = TestImages.Jpeg();
        _labeller.Polls.Enqueue((200, "<html>maintenance</html>"));
        _labeller.Polls.Enqueue((500, ""));
        _labeller.Polls.Enqueue((200, "[]"));
        _labeller.Polls.Enqueue((200, """{"rows":[{"gridimage_id":"x","fullpath":"1.jpg"},{"fullpath":"1.jpg"},7]}"""));
        _labeller.HandOut((1, "1.jpg", "Mam Tor"));
        _labeller.HandOut((1, "1.jpg", "Mam Tor"));
        _labeller.PostFaults.Enqueue(500);

        var run = await Work(8);

        // Handed out twice: once while it was under way, or again after it was posted; never twice in one batch.
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("the labeller", run.Error, StringComparison.Ordinal);
        Assert.NotEmpty(_labeller.Labels);
        Assert.Contains(_labeller.Embeddings, embedding => embedding is { Id: 1, Type: "title" });
    }

    [Fact]
    public async Task ResultsThatAreNotTaken_GoOutFirstNextTime()
    {
        _labeller.Photos["1.jpg"] = TestImages.Jpeg();
        _labeller.HandOut((1, "1.jpg", "Mam Tor"));
        for (var i = 0; i < 3; i++)
        {
            _labeller.PostFaults.Enqueue(503);
        }

        var first = await Work(1);
        var kept = Directory.GetFiles(_directory.PathOf("state"));
        // A kill also leaves what was being written.
        await File.WriteAllTextAsync(_directory.PathOf("state", "00000009-1-labels.json.tmp"), "[{", TestContext.Current.CancellationToken);
        var second = await Work(1);

        Assert.Equal(ExitCode.Environment, first.ExitCode);
        Assert.Equal(2, kept.Length);
        Assert.Equal(ExitCode.Success, second.ExitCode);
        Assert.All(_labeller.Labels, label => Assert.Equal(1, label.Id));
        Assert.Equal(2, _labeller.Posts.Count);
        Assert.Empty(Directory.GetFiles(_directory.PathOf("state")));
    }

    [Fact]
    public async Task PostThatIsRefusedForGood_IsKeptAndTold()
    {
        _labeller.Photos["1.jpg"] = TestImages.Jpeg();
        _labeller.HandOut((1, "1.jpg", "Mam Tor"));
        _labeller.PostFaults.Enqueue(403);

        var run = await Work(1);

        Assert.Equal(ExitCode.ItemsFailed, run.ExitCode);
        Assert.EndsWith("-labels.refused", Assert.Single(Directory.GetFiles(_directory.PathOf("state"))), StringComparison.Ordinal);
        Assert.Equal(2, _labeller.Embeddings.Count());
    }

    [Theory]
    [InlineData("--head nothing", "linear-img-txt-loc")]
    [InlineData("--downloads 99", "between 1 and 16")]
    [InlineData("--worker 32", "between 0 and 31")]
    public async Task OptionOutOfRange_IsUsage(string options, string says) => (await Work(1, options.Split(' '))).Fails(ExitCode.Usage, says);

    [Fact]
    public async Task DemonstrationModel_IsKeptFromTheLabeller()
    {
        var bundle = _directory.PathOf("demonstration");
        (await GeotagRun.Of(
            "models", "build", "--clip", model.Weights, "--vocabulary", model.Vocabulary, "--heads", model.Heads, "--output", bundle, "--demonstration")).Succeeds();

        var run = await GeotagRun.Of(
            "work", "--bundle", bundle, "--head", "linear-img", "--labeller", _labeller.Address, "--state", _directory.PathOf("state"), "--polls", "1");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("demonstration", run.Error, StringComparison.Ordinal);
        Assert.Empty(_labeller.PollQueries);
    }

    private Task<GeotagRun> Work(int polls, params string[] rest)
    {
        string[] head = rest.Contains("--head") ? [] : ["--head", "linear-img-txt-loc"];
        return GeotagRun.Of(
        [
            "work", "--bundle", model.Bundle, "--labeller", _labeller.Address, "--state", _directory.PathOf("state"),
            "--pause", "0", "--retries", "2", "--polls", $"{polls}", .. head, .. rest,
        ]);
    }
}
