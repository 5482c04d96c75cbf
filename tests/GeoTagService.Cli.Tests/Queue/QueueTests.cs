using System.Text;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Queue;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Testing;
using StackExchange.Redis;

namespace GeoTagService.Cli.Tests.Queue;

/// <summary>A queue on a real server: what tasks may be, what becomes of them, and who is heard.</summary>
public sealed class QueueTests(TinyModel model) : IAsyncLifetime
{
    private static readonly TimeSpan NoSilence = TimeSpan.Zero;

    private readonly TemporaryDirectory _directory = new();
    private LoggedRedis _redis = null!;

    public static TheoryData<string, string[], string> Hopeless =>
        new()
        {
            { "nothing to tag", ["lat", "54", "lon", "-2"], "missing-input" },
            { "a number that is none", ["title", "x", "lat", "north"], "malformed" },
            { "half a place", ["title", "x", "lat", "54"], "invalid-value" },
            { "a photo that is none", ["photo", "no photo"], "unsupported-media" },
            { "two photos", ["photo", "no photo", "image", "a.jpg"], "conflict" },
            { "a field twice", ["title", "x", "Title", "y"], "malformed" },
            { "no such file", ["image", "/no/such/file.jpg"], "invalid-image" },
            { "an embedding of another length", ["titleEmbedding", "AACAPw=="], "invalid-value" },
        };

    private static CancellationToken End => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _redis = await LoggedRedis.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await (_redis?.DisposeAsync() ?? ValueTask.CompletedTask);
        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(Hopeless))]
    public async Task HopelessTask_DiesAtOnceWithTheReason_AndOthersAreAnswered(string what, string[] fields, string code)
    {
        await PutAsync([.. fields]);
        await PutAsync("id", "good", "title", "A bridge");

        var work = await WorkAsync();
        var dead = (await GeotagRun.Of("queue", "dead", "--queue", _redis.Queue)).Succeeds();
        var results = (await GeotagRun.Of("queue", "results", "--queue", _redis.Queue)).Succeeds();

        Assert.True(work.ExitCode == ExitCode.Success, $"{what}: {work.Error}");
        Assert.Contains($"\"code\":\"{code}\"", dead, StringComparison.Ordinal);
        Assert.Contains("\"tries\":1", dead, StringComparison.Ordinal);
        Assert.StartsWith("{\"id\":\"good\",\"title\":\"A bridge\"", results, StringComparison.Ordinal);
        Assert.Single(results.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task PhotoInATask_IsTaggedAsItsFileIs()
    {
        var photo = _directory.Write("a.jpg", TestImages.Jpeg(64, 48, seed: 3));
        await File.WriteAllTextAsync(_directory.PathOf("list.csv"), $"id,image\n1,{photo}\n", End);
        (await GeotagRun.Of("queue", "add", _directory.PathOf("list.csv"), "--queue", _redis.Queue, "--with-photos")).Succeeds();
        (await GeotagRun.Of("queue", "add", _directory.PathOf("list.csv"), "--queue", _redis.Queue)).Succeeds();

        File.Move(photo, photo + ".away");
        await using var queue = await _redis.OpenAsync();
        await WorkAsync();
        File.Move(photo + ".away", photo);
        (await GeotagRun.Of("queue", "dead", "--queue", _redis.Queue, "--retry")).Succeeds();
        await WorkAsync();
        var results = (await GeotagRun.Of("queue", "results", "--queue", _redis.Queue, "--remove")).Succeeds();

        var lines = results.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Equal(lines[0], lines[1].Replace($",\"image\":\"{photo}\"", "", StringComparison.Ordinal));
        Assert.Equal(new QueueCounts(0, 0, 0, 0), await queue.CountAsync(End));
    }

    [Fact]
    public async Task ListThatIsAddedAgain_AddsNothing_UnlessItIsAskedFor()
    {
        await File.WriteAllTextAsync(_directory.PathOf("list.csv"), "id,title,lat\n1,One,\n2,Two,x\n3,Three,\n", End);
        string[] add = ["queue", "add", _directory.PathOf("list.csv"), "--queue", _redis.Queue];

        var first = await GeotagRun.Of(add);
        var second = await GeotagRun.Of(add);
        var third = await GeotagRun.Of([.. add, "--again"]);

        first.Succeeds();
        Assert.Contains("item 1 (id 2) is no task: lat is not a number", first.Error, StringComparison.Ordinal);
        Assert.Contains("2 tasks added, 1 row refused", first.Error, StringComparison.Ordinal);
        Assert.Contains("0 tasks added, 3 rows were added before", second.Error, StringComparison.Ordinal);
        Assert.Contains("2 tasks added, 1 row refused", third.Error, StringComparison.Ordinal);
        await using var queue = await _redis.OpenAsync();
        Assert.Equal(new QueueCounts(4, 0, 0, 2), await queue.CountAsync(End));

        // What never was a task stays among the dead.
        var retried = await GeotagRun.Of("queue", "dead", "--queue", _redis.Queue, "--retry");
        Assert.Contains("\"id\":\"2\",\"code\":\"malformed\",\"field\":\"lat\"", retried.Output, StringComparison.Ordinal);
        Assert.Contains("0 tasks put in again; 2 rows of a list never became a task and stay", retried.Error, StringComparison.Ordinal);
        Assert.Equal(new QueueCounts(4, 0, 0, 2), await queue.CountAsync(End));
    }

    [Fact]
    public async Task ListOfWhichNoRowCanBeATask_AddsNothing()
    {
        await File.WriteAllTextAsync(_directory.PathOf("list.ndjson"), "one\ntwo\n", End);
        (await GeotagRun.Of("queue", "add", _directory.PathOf("list.ndjson"), "--queue", _redis.Queue)).Fails(
            ExitCode.Usage,
            "none can be a task"
        );
        await using var queue = await _redis.OpenAsync();
        Assert.Equal(new QueueCounts(0, 0, 0, 0), await queue.CountAsync(End));
    }

    [Fact]
    public async Task AdditionAskedForTwice_CountsOnce()
    {
        await using var queue = await _redis.OpenAsync();
        QueueRow[] tasks = [new([new("id", "1"), new("title", "One")]), new([new("id", "2"), new("title", "Two")])];

        await queue.AddAsync("list", 2, tasks, End);
        await queue.AddAsync("list", 2, tasks, End);
        await queue.AddAsync("list", 3, [tasks[0]], End);

        Assert.Equal(3, (await queue.CountAsync(End)).Waiting);
        Assert.Equal(3, await queue.AddedAsync("list", End));
    }

    [Fact]
    public async Task TwoWorkersWithOneTask_OnlyTheFirstIsHeard()
    {
        await PutAsync("id", "1", "title", "One");
        await using var queue = await _redis.OpenAsync();
        var slow = Assert.Single(await queue.TakeAsync("slow", 10, End));
        var quick = await queue.TakeOverAsync("quick", NoSilence, End);

        Assert.Equal((slow.Entry, 2L), (quick!.Entry, quick.Tries));
        Assert.True(await queue.AnswerAsync(quick, "1", "{}"u8.ToArray(), "digest", End));
        Assert.False(await queue.AnswerAsync(slow, "1", "{}"u8.ToArray(), "digest", End));
        Assert.False(await queue.BuryAsync(slow, "1", new ListFault("x", null, "x"), End));
        Assert.Equal(new QueueCounts(0, 0, 1, 0), await queue.CountAsync(End));
    }

    [Fact]
    public async Task WorkerThatIsHeardOf_KeepsItsTasks_AndOneThatLeavesDoesNot()
    {
        await PutAsync("id", "1", "title", "One");
        await using var queue = await _redis.OpenAsync();
        var task = Assert.Single(await queue.TakeAsync("first", 10, End));
        var day = TimeSpan.FromDays(1);

        await queue.HoldAsync("other", [task.Entry], End);
        await queue.HoldAsync("first", [task.Entry], End);
        Assert.Null(await queue.TakeOverAsync("second", day, End));
        Assert.Equal("first", Assert.Single(await queue.WorkersAsync(End), worker => worker.Tasks == 1).Name);

        await queue.LeaveAsync("first", day, End);
        Assert.Equal(task.Entry, (await queue.TakeOverAsync("second", day, End))?.Entry);
        await queue.ForgetAsync(NoSilence, End);
        Assert.Equal(["second"], (await queue.WorkersAsync(End)).Select(worker => worker.Name));
    }

    [Fact]
    public async Task TaskThatNoWorkerSurvives_IsGivenUp_AndTheOthersAreAnswered()
    {
        await PutAsync("id", "poison", "title", "One");
        await PutAsync("id", "innocent", "title", "Two");
        await using var queue = await _redis.OpenAsync();
        var tasks = await queue.TakeAsync("victim", 10, End);
        for (var tries = 2L; tries <= 3; tries++)
        {
            // Whoever comes next begins with the oldest, and has nothing beside it.
            await using var next = await _redis.OpenAsync();
            var task = await next.TakeOverAsync($"victim {tries}", NoSilence, End);
            Assert.Equal((tasks[0].Entry, tries), (task!.Entry, task.Tries));
        }

        var work = await WorkAsync("--attempts", "3");
        var dead = Assert.Single(await queue.DeadAsync(null, 10, End));

        Assert.True(work.ExitCode == ExitCode.Success, work.Error);
        Assert.Equal(("poison", "abandoned", 4L), (dead.Id, dead.Code, dead.Tries));
        Assert.Equal(["id", "title"], dead.Fields.Select(field => field.Name.ToString()));
        Assert.Equal(1, (await queue.CountAsync(End)).Results);
    }

    [Fact]
    public async Task PhotoHostThatFails_IsTriedAgain_ThenTheTaskDies()
    {
        var requests = 0;
        using var host = new LoopbackServer(
            async (stream, end) =>
            {
                Interlocked.Increment(ref requests);
                await stream.ReadAtLeastAsync(new byte[16], 16, cancellationToken: end);
                await stream.WriteAsync("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), end);
            }
        );
        await PutAsync("id", "1", "image", new Uri(host.Base, "a.jpg").ToString());

        var work = await WorkAsync("--attempts", "2", "--retries", "0");

        Assert.Contains("task 1 is left for another try", work.Error, StringComparison.Ordinal);
        Assert.Contains("1 given up", work.Error, StringComparison.Ordinal);
        Assert.Equal(2, requests);
        await using var queue = await _redis.OpenAsync();
        Assert.Equal("image-not-fetched", Assert.Single(await queue.DeadAsync(null, 10, End)).Code);
    }

    [Fact]
    public async Task Worker_TakesNoMoreThanItWorksOn()
    {
        var asked = new SemaphoreSlim(0);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var host = new LoopbackServer(
            async (stream, end) =>
            {
                await stream.ReadAtLeastAsync(new byte[16], 16, cancellationToken: end);
                asked.Release();
                await answer.Task.WaitAsync(end);
                await stream.WriteAsync("HTTP/1.1 404 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), end);
            }
        );
        for (var id = 0; id < 20; id++)
        {
            await PutAsync("id", $"{id}", "image", new Uri(host.Base, $"{id}.jpg").ToString());
        }

        var work = WorkAsync("--at-once", "3", "--downloads", "8");
        for (var places = 0; places < 3; places++)
        {
            await asked.WaitAsync(End);
        }

        await using var queue = await _redis.OpenAsync();
        Assert.Equal(new QueueCounts(17, 3, 0, 0), await queue.CountAsync(End));
        answer.SetResult();
        await work;
        Assert.Equal(new QueueCounts(0, 0, 0, 20), await queue.CountAsync(End));
    }

    [Theory]
    [InlineData("http://localhost:6379")]
    [InlineData("redis:///1")]
    [InlineData("redis://localhost/x")]
    [InlineData("redis://localhost?queue=a")]
    [InlineData("redis://localhost?name=a b")]
    [InlineData("redis://localhost?name=")]
    public void AddressThatIsNone_IsRefused_AndNotRepeated(string address) =>
        Assert.DoesNotContain(
            address,
            Assert.Throws<RunFailureException>(() => QueueAddress.Parse(address)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public async Task OptionsOfLabellersAndQueues_DoNotMix()
    {
        (await GeotagRun.Of("work")).Fails(ExitCode.Usage, "give --labeller or --queue");
        (await GeotagRun.Of("work", "--until-empty", "--labeller", "http://localhost")).Fails(
            ExitCode.Usage,
            "--until-empty goes with --queue"
        );
        (await GeotagRun.Of("work", "--queue", _redis.Queue, "--polls", "1")).Fails(ExitCode.Usage, "--polls is for a labeller");
        (await GeotagRun.Of("work", "--queue", _redis.Queue, "--bundle", model.Bundle, "--head", "none")).Fails(
            ExitCode.Usage,
            "the model has no head 'none'"
        );
        (await GeotagRun.Of("queue", "status", "--queue", $"redis://127.0.0.1:{LocalMachine.FreePort()}")).Fails(
            ExitCode.Environment,
            "nobody listens there"
        );
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "what answers there is no Redis server")]
    [InlineData("", "it hangs up")]
    [InlineData("-NOAUTH Authentication required.\r\n", "it wants a password (GEOTAG_QUEUE_PASSWORD may hold it)")]
    public async Task AddressWhereNoQueueCanBe_IsToldAtOnceAndAsItIs(string answer, string says)
    {
        using var host = new LoopbackServer(
            async (stream, end) =>
            {
                await stream.ReadAtLeastAsync(new byte[6], 6, cancellationToken: end);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), end);
            }
        );

        (await GeotagRun.Of("queue", "status", "--queue", $"redis://127.0.0.1:{host.Base.Port}")).Fails(ExitCode.Environment, says);
    }

    [Fact]
    public async Task NameThatIsNotKnown_IsNamed() =>
        (await GeotagRun.Of("queue", "status", "--queue", "redis://no-such-host.invalid")).Fails(
            ExitCode.Environment,
            "the name no-such-host.invalid is not known"
        );

    private Task<GeotagRun> WorkAsync(params string[] further) =>
        GeotagRun.Of(["work", "--queue", _redis.Queue, "--bundle", model.Bundle, "--until-empty", "--silence", "1", .. further]);

    private async Task PutAsync(params string[] fields)
    {
        // The group is there before the first task, as after a start of any worker.
        await using var queue = await _redis.OpenAsync();
        await using var redis = await _redis.ConnectAsync();
        await redis
            .GetDatabase()
            .StreamAddAsync("{geotag}:tasks", [.. fields.Chunk(2).Select(pair => new NameValueEntry(pair[0], pair[1]))]);
    }
}
