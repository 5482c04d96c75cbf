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
        var alone = JsonElement.Parse(
            (
                await GeotagRun.Of(
                    "tag",
                    "--bundle",
                    model.Bundle,
                    "--image",
                    photo,
                    "--title",
                    "Mam Tor",
                    "--head",
                    "linear-img-txt-loc",
                    "--threshold",
                    "0.2",
                    "--json"
                )
            ).Succeeds()
        );
        var vectors = JsonElement.Parse(
            (await GeotagRun.Of("inspect", "embedding", "--bundle", model.Bundle, "--image", photo, "--text", "Mam Tor")).Succeeds()
        );
        var record = JsonElement.Parse(
            await File.ReadAllTextAsync(_directory.PathOf("record.ndjson"), TestContext.Current.CancellationToken)
        );

        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        Assert.Equal(
            alone
                .GetProperty("tags")
                .EnumerateArray()
                .Select(tag => (tag.GetProperty("name").GetString()!, tag.GetProperty("probability").GetSingle()))
                .Order(),
            _labeller.Labels.Select(label => (label.Label, (float)label.Score)).Order()
        );
        Assert.All(_labeller.Labels, label => Assert.Equal(4_000_000_001, label.Id));
        Assert.Equal(["image", "title"], _labeller.Embeddings.Select(embedding => embedding.Type));
        foreach (var (row, embedding) in _labeller.Embeddings.Index())
        {
            Assert.Equal(
                vectors[row].EnumerateArray().Select(number => number.GetSingle()),
                MemoryMarshal.Cast<byte, float>(embedding.Bytes).ToArray()
            );
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
        Assert.Contains("12 photos: 9 done, 2 failed, 1 left for later, 0 set aside", run.Error, StringComparison.Ordinal);
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
        _labeller.Polls.Enqueue((404, ""));
        _labeller.Polls.Enqueue((200, """{"error":"No model"}"""));
        _labeller.Polls.Enqueue((200, """{"rows":[{"gridimage_id":"x","fullpath":"1.jpg"},{"fullpath":"1.jpg"},7]}"""));
        _labeller.Polls.Enqueue(
            (
                200,
                """{"rows":{"3":{"gridimage_id":7,"fullpath":"1.jpg","title":"half \ud83d a pair"}},"prefix":"PREFIX","sleep":"0"}""".Replace(
                    "PREFIX",
                    _labeller.Root + "photos/",
                    StringComparison.Ordinal
                )
            )
        );
        _labeller.Enqueue((1, "1.jpg", "Mam Tor"));

        var run = await Work(8);

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("something else than JSON: <html>maintenance", run.Error, StringComparison.Ordinal);
        Assert.Contains("the labeller: it answers 404", run.Error, StringComparison.Ordinal);
        Assert.Contains("the labeller: it answers: No model", run.Error, StringComparison.Ordinal);
        Assert.Contains("3 rows without a readable id", run.Error, StringComparison.Ordinal);
        Assert.Equal([1, 7], _labeller.Labels.Select(label => label.Id).Distinct().Order());
        Assert.Contains(_labeller.Embeddings, embedding => embedding is { Id: 1, Type: "title" });
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"rows":[],"sleep":0}""")]
    [InlineData("""{"prefix":"","sleep":0}""")]
    public async Task NothingToDo_IsQuietAndPostsNothing(string answer)
    {
        for (var i = 0; i < 3; i++)
        {
            _labeller.Polls.Enqueue((200, answer));
        }

        var run = await Work(3);

        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal("geotag: 0 photos: 0 done, 0 failed, 0 left for later, 0 set aside", run.Error.TrimEnd());
        Assert.Empty(_labeller.Posts);
        Assert.All(_labeller.PollQueries, query => Assert.Contains("limit=250", query, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ResultsThatAreNotTaken_GoOutFirstNextTime()
    {
        _labeller.Photos["1.jpg"] = TestImages.Jpeg();
        _labeller.Enqueue((1, "1.jpg", "Mam Tor"));
        for (var i = 0; i < 30; i++)
        {
            _labeller.PostFaults.Enqueue(503);
        }

        var first = await Work(1);
        var kept = Directory.GetFiles(_directory.PathOf("state"));
        _labeller.PostFaults.Clear();
        // A kill also leaves what was being written.
        await File.WriteAllTextAsync(_directory.PathOf("state", "00000009-1-labels.json.tmp"), "[{", TestContext.Current.CancellationToken);
        var second = await Work(1);

        Assert.Equal(ExitCode.Environment, first.ExitCode);
        Assert.Contains("2 posts not taken by the labeller; kept", first.Error, StringComparison.Ordinal);
        Assert.Equal(2, kept.Length);
        Assert.Equal(ExitCode.Success, second.ExitCode);
        Assert.All(_labeller.Labels, label => Assert.Equal(1, label.Id));
        Assert.Equal(2, _labeller.Posts.Count);
        Assert.Empty(Directory.GetFiles(_directory.PathOf("state")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"error":"Something went horribly wrong"}""")]
    [InlineData("<html>maintenance</html>")]
    [InlineData("1: 0")]
    [InlineData("1: -1")]
    [InlineData("1:")]
    [InlineData("2: 1")]
    [InlineData("1: 1\n<b>Fatal error</b>: out of memory")]
    public async Task PostThatIsNotAcknowledged_IsKeptAndTold(string answer)
    {
        _labeller.Photos["1.jpg"] = TestImages.Jpeg();
        _labeller.Enqueue((1, "1.jpg", "Mam Tor"));
        for (var i = 0; i < 100; i++)
        {
            _labeller.PostLies.Enqueue(answer);
        }

        var run = await Work(1);
        var kept = Directory.GetFiles(_directory.PathOf("state"));
        _labeller.PostLies.Clear();
        var again = await Work(1);

        Assert.Equal(ExitCode.Environment, run.ExitCode);
        Assert.Contains("the labeller did not take 1 photo's labels", run.Error, StringComparison.Ordinal);
        Assert.Equal(["00000001-1-labels.json", "00000001-2-embeddings.json"], kept.Select(path => Path.GetFileName(path)).Order());
        Assert.True(again.ExitCode == ExitCode.Success, again.Error);
        Assert.Single(_labeller.Labels.Select(label => label.Id).Distinct());
        Assert.Empty(Directory.GetFiles(_directory.PathOf("state")));
    }

    [Theory]
    [InlineData(301, true)]
    [InlineData(302, true)]
    [InlineData(307, true)]
    [InlineData(308, true)]
    [InlineData(303, false)]
    public async Task RedirectOfAPost_IsFollowedAsAPostOrRefused(int status, bool followed)
    {
        _labeller.Photos["1.jpg"] = TestImages.Jpeg();
        _labeller.Enqueue((1, "1.jpg", "Mam Tor"));
        _labeller.Chaos = context =>
        {
            var isFirst = context.Request.Method == "POST" && !context.Request.Query.ContainsKey("again");
            if (isFirst)
            {
                context.Response.StatusCode = status;
                context.Response.Headers.Location = "/labeler.json.php?model=clip&again=1";
            }

            return Task.FromResult(isFirst);
        };

        var run = await Work(1);

        Assert.Equal(followed ? ExitCode.Success : ExitCode.Environment, run.ExitCode);
        Assert.Equal(followed ? 2 : 0, _labeller.Posts.Count);
        Assert.Equal(followed ? 0 : 2, Directory.GetFiles(_directory.PathOf("state")).Length);
        Assert.Single(_labeller.PollQueries);
    }

    [Theory]
    [InlineData(30, 403)]
    [InlineData(30, 401)]
    [InlineData(30, 429)]
    [InlineData(30, 404)]
    [InlineData(30, 500)]
    [InlineData(4, 403)]
    public async Task PhotoHostThatRefusesEverything_StopsTheWorkAndNothingIsReported(int photos, int status)
    {
        _labeller.Enqueue([.. Enumerable.Range(1, photos).Select(id => ((long)id, $"{id}.jpg", (string?)"title"))]);
        _labeller.Chaos = async context =>
        {
            var isPhoto = UnrulyLabeller.PhotoOf(context.Request) is not null;
            if (isPhoto)
            {
                Interlocked.Increment(ref _labeller.PhotoRequests);
                await UnrulyLabeller.Answer(context, status, "blocked");
            }

            return isPhoto;
        };

        var run = await Work(100);

        Assert.Equal(ExitCode.Environment, run.ExitCode);
        Assert.Contains($"the photo host gives none of", run.Error, StringComparison.Ordinal);
        Assert.Contains($"it answers {status}: blocked", run.Error, StringComparison.Ordinal);
        Assert.Empty(_labeller.Posts);
        Assert.Empty(Directory.GetFiles(_directory.PathOf("state")));
    }

    [Fact]
    public async Task RowsThatAlwaysFail_AreSetAsideAndNotInTheWay()
    {
        for (var id = 1; id <= 20; id++)
        {
            _labeller.Photos[$"{id}.jpg"] = TestImages.Jpeg(64, 48, seed: id);
        }

        for (var id = 1; id <= 4; id++)
        {
            _labeller.Faults[$"{id}.jpg"] = new(Enumerable.Repeat(500, 1000));
        }

        _labeller.Enqueue([.. Enumerable.Range(1, 20).Select(id => ((long)id, $"{id}.jpg", (string?)$"title {id}"))]);

        var run = await Work(14, "--limit", "4");
        var asked = _labeller.PhotoRequests;
        var again = await Work(3, "--limit", "4");

        Assert.Equal(ExitCode.ItemsFailed, run.ExitCode);
        Assert.Contains("photo 3 is set aside after 3 attempts: it answers 500", run.Error, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(5, 16).Select(id => (long)id), _labeller.Labels.Select(label => label.Id).Distinct().Order());
        Assert.Equal(["difficult.json"], Directory.GetFiles(_directory.PathOf("state")).Select(path => Path.GetFileName(path)));
        Assert.Equal(asked, _labeller.PhotoRequests);
        Assert.Equal(ExitCode.Success, again.ExitCode);
    }

    [Fact]
    public async Task PostThatIsNeverTaken_IsSetAsideAndHoldsUpNoOther()
    {
        for (var id = 1; id <= 40; id++)
        {
            _labeller.Photos[$"{id}.jpg"] = TestImages.Jpeg(64, 48, seed: id);
        }

        _labeller.NeverTaken.Add(3);
        _labeller.Enqueue([.. Enumerable.Range(1, 40).Select(id => ((long)id, $"{id}.jpg", (string?)$"title {id}"))]);

        var run = await Work(16, "--limit", "4");

        Assert.Equal(ExitCode.ItemsFailed, run.ExitCode);
        Assert.Contains("the labeller did not take photo 3's labels in", run.Error, StringComparison.Ordinal);
        Assert.Equal(39, _labeller.Labels.Select(label => label.Id).Distinct().Count());
        Assert.Equal(78, _labeller.Embeddings.Count());
        Assert.All(Directory.GetFiles(_directory.PathOf("state")), path => Assert.EndsWith(".refused", path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Poll_WaitsUntilTheBatchIsHandedIn()
    {
        for (var id = 1; id <= 12; id++)
        {
            _labeller.Photos[$"{id}.jpg"] = TestImages.Jpeg(64, 48, seed: id);
        }

        _labeller.Enqueue([.. Enumerable.Range(1, 12).Select(id => ((long)id, $"{id}.jpg", (string?)$"title {id}"))]);

        (await Work(4, "--limit", "4")).Succeeds();

        // Three batches and the word that there is no more; no photo was asked for twice.
        Assert.Equal(4, _labeller.PollQueries.Count);
        Assert.Equal(12, _labeller.PhotoRequests);
        Assert.Equal(6, _labeller.Posts.Count);
    }

    [Fact]
    public async Task UserAgent_NamesVersionBundleAndContact()
    {
        _labeller.Photos["1.jpg"] = TestImages.Jpeg();
        _labeller.Enqueue((1, "1.jpg", "Mam Tor"));

        (await Work(1, "--contact", "mailto:archive@example.org")).Succeeds();
        var shown = (await GeotagRun.Of("models", "show", "--bundle", model.Bundle)).Succeeds();
        var digest = shown.Split('\n').Single(line => line.StartsWith("digest ", StringComparison.Ordinal)).Split(' ')[^1];

        Assert.Equal(4, _labeller.UserAgents.Count);
        Assert.All(
            _labeller.UserAgents,
            agent =>
                Assert.Matches(@$"^geotag/\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)? \(bundle {digest}; contact mailto:archive@example\.org\)$", agent)
        );
        (await Work(1, "--contact", "a (b)")).Fails(ExitCode.Usage, "--contact");
    }

    [Theory]
    [InlineData("head", "linear-img")]
    [InlineData("warn", "linear-img-txt-loc")]
    public async Task RowWithoutTitle_IsScoredByTheHeadOfTheOption(string untitled, string head)
    {
        var photo = _directory.Write("a.jpg", TestImages.Jpeg());
        _labeller.Photos["1.jpg"] = await File.ReadAllBytesAsync(photo, TestContext.Current.CancellationToken);
        _labeller.Enqueue((1, "1.jpg", " "));

        var run = await Work(1, "--untitled", untitled);
        var alone = JsonElement.Parse(
            (
                await GeotagRun.Of("tag", "--bundle", model.Bundle, "--image", photo, "--head", head, "--threshold", "0.2", "--json")
            ).Succeeds()
        );

        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        Assert.Equal(
            alone
                .GetProperty("tags")
                .EnumerateArray()
                .Select(tag => (tag.GetProperty("name").GetString()!, tag.GetProperty("probability").GetSingle()))
                .Order(),
            _labeller.Labels.Select(label => (label.Label, (float)label.Score)).Order()
        );
        Assert.Equal("image", Assert.Single(_labeller.Embeddings).Type);
        Assert.Equal(untitled == "warn", run.Error.Contains("photo 1 has no title", StringComparison.Ordinal));
        Assert.Contains("1 done (1 without a title)", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PhotoThatIsCutShortOnTheWay_IsFetchedAgain()
    {
        var photo = TestImages.Jpeg();
        _labeller.Photos["1.jpg"] = photo;
        _labeller.Enqueue((1, "1.jpg", "Mam Tor"));
        var cuts = 1;
        _labeller.Chaos = async context =>
        {
            var isCut = UnrulyLabeller.PhotoOf(context.Request) is not null && cuts-- > 0;
            if (isCut)
            {
                await context.Response.Body.WriteAsync(photo.AsMemory(0, photo.Length / 3));
            }

            return isCut;
        };

        (await Work(1)).Succeeds();

        Assert.DoesNotContain(_labeller.Labels, label => label.Label == "Failed");
        Assert.Equal(2, _labeller.Embeddings.Count());
    }

    [Fact]
    public async Task StateOfAnotherWorker_IsLeftAlone()
    {
        Directory.CreateDirectory(_directory.PathOf("state"));
        await using var other = new FileStream(_directory.PathOf("state", ".lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        (await Work(1)).Fails(ExitCode.Environment, "in use by another worker");
    }

    [Theory]
    [InlineData("--head nothing", "linear-img-txt-loc")]
    [InlineData("--downloads 99", "between 1 and 16")]
    [InlineData("--worker 32", "between 0 and 31")]
    public async Task OptionOutOfRange_IsUsage(string options, string says) =>
        (await Work(1, options.Split(' '))).Fails(ExitCode.Usage, says);

    [Fact]
    public async Task DemonstrationModel_IsKeptFromTheLabeller()
    {
        var bundle = _directory.PathOf("demonstration");
        (
            await GeotagRun.Of(
                "models",
                "build",
                "--clip",
                model.Weights,
                "--vocabulary",
                model.Vocabulary,
                "--heads",
                model.Heads,
                "--output",
                bundle,
                "--demonstration"
            )
        ).Succeeds();

        var run = await GeotagRun.Of(
            "work",
            "--bundle",
            bundle,
            "--head",
            "linear-img",
            "--labeller",
            _labeller.Address,
            "--state",
            _directory.PathOf("state"),
            "--polls",
            "1"
        );

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("demonstration", run.Error, StringComparison.Ordinal);
        Assert.Empty(_labeller.PollQueries);
    }

    private Task<GeotagRun> Work(int polls, params string[] rest)
    {
        string[] head = rest.Contains("--head") ? [] : ["--head", "linear-img-txt-loc"];
        return GeotagRun.Of([
            "work",
            "--bundle",
            model.Bundle,
            "--labeller",
            _labeller.Address,
            "--state",
            _directory.PathOf("state"),
            "--pause",
            "0",
            "--retries",
            "2",
            "--polls",
            $"{polls}",
            .. head,
            .. rest,
        ]);
    }
}
