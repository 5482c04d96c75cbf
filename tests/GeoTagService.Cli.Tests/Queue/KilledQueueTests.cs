using System.Globalization;
using System.Text.Json;
using GeoTagService.Bulk.Queue;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Queue;

/// <summary>Workers of a queue that are really killed, and a server that is. <c>GEOTAG_QUEUE_TASKS=20000</c> makes it long.</summary>
public sealed class KilledQueueTests(TinyModel model) : IAsyncLifetime
{
    private const int Photos = 20;

    private readonly TemporaryDirectory _directory = new();
    private LoggedRedis _redis = null!;

    public async ValueTask InitializeAsync() => _redis = await LoggedRedis.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await (_redis?.DisposeAsync() ?? ValueTask.CompletedTask);
        _directory.Dispose();
    }

    [Fact]
    public async Task WorkersAndServerThatAreKilled_LoseNoTask_AndAnswerEachOnceAsAListDoes()
    {
        var isLong = int.TryParse(Environment.GetEnvironmentVariable("GEOTAG_QUEUE_TASKS"), CultureInfo.InvariantCulture, out var tasks);
        var (kills, workerCount) = isLong ? (10, 4) : (2, 2);
        tasks = isLong ? tasks : 600;
        var list = await WriteListAsync(tasks);
        (await GeotagRun.Of("queue", "add", list, "--queue", _redis.Queue)).Succeeds();
        var random = new Random(11);
        var workers = Enumerable.Range(0, workerCount).Select(_ => Start()).ToList();
        await using var queue = await _redis.OpenAsync();
        try
        {
            var settled = 0L;
            for (var kill = 0; kill < kills; kill++)
            {
                // Never so far that all could be done before the last kill.
                var goal = settled + random.Next(1, Math.Max(2, tasks / (2 * kills)));
                var victim = random.Next(workerCount);
                while (await SettledAsync(queue) < goal)
                {
                    Assert.All(workers, worker => Assert.False(worker.HasExited));
                    await Task.Delay(5, TestContext.Current.CancellationToken);
                }

                await workers[victim].KillAsync();
                workers[victim].Dispose();
                workers[victim] = Start();
                if (kill == kills / 2)
                {
                    await _redis.RestartAsync();
                }

                settled = await SettledAsync(queue);
            }

            foreach (var worker in workers)
            {
                var (code, error) = await worker.ExitAsync();
                Assert.True(code == ExitCode.Success, error);
                TestContext.Current.TestOutputHelper?.WriteLine(error);
            }
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }

        var counts = await queue.CountAsync(TestContext.Current.CancellationToken);
        Assert.Equal(new QueueCounts(0, 0, tasks - 1, 1), counts);
        var answers = (await GeotagRun.Of("queue", "results", "--queue", _redis.Queue)).Succeeds().TrimEnd('\n').Split('\n');
        var whole = _directory.PathOf("whole.ndjson");
        (await GeotagRun.Of("tag", "--bundle", model.Bundle, "--input", list, "--output", whole)).Succeeds();
        var expected = await File.ReadAllLinesAsync(whole, TestContext.Current.CancellationToken);
        Assert.Equal(expected.Select(RowOf).Order(StringComparer.Ordinal), answers.Select(RowOf).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task WorkerThatIsToldToStop_FinishesWhatItHas_AndLeavesTheRest()
    {
        const int Tasks = 4_000;
        (await GeotagRun.Of("queue", "add", await WriteListAsync(Tasks), "--queue", _redis.Queue)).Succeeds();
        await using var queue = await _redis.OpenAsync();
        using var worker = GeotagProcess.Start("work", "--queue", _redis.Queue, "--bundle", model.Bundle, "--at-once", "4");
        while (await SettledAsync(queue) == 0)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await worker.TerminateAsync();
        var (code, error) = await worker.ExitAsync();
        var counts = await queue.CountAsync(TestContext.Current.CancellationToken);

        Assert.True(code == ExitCode.Success, error);
        Assert.Equal(0, counts.UnderWay);
        Assert.NotEqual(0, counts.Waiting);
        Assert.Equal(Tasks, counts.Waiting + counts.Results + counts.Dead);
        Assert.Empty(await queue.WorkersAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Titles with a few photos between them, one of which is none.</summary>
    private async Task<string> WriteListAsync(int rows)
    {
        for (var photo = 0; photo < Photos; photo++)
        {
            _directory.Write($"{photo}.jpg", photo == 7 ? [1, 2, 3] : TestImages.Jpeg(48, 36, seed: photo));
        }

        // Full paths: a queue names photos so, and its results say what the task said.
        string Photo(int row) => row < Photos ? _directory.PathOf($"{row}.jpg") : "";
        var list = _directory.PathOf("list.csv");
        await File.WriteAllLinesAsync(
            list,
            ["id,title,image", .. Enumerable.Range(0, rows).Select(row => $"{row},Title {row},{Photo(row)}")],
            TestContext.Current.CancellationToken
        );
        return list;
    }

    private GeotagProcess Start() =>
        GeotagProcess.Start("work", "--queue", _redis.Queue, "--bundle", model.Bundle, "--until-empty", "--silence", "2", "--at-once", "8");

    private static async Task<long> SettledAsync(TaskQueue queue)
    {
        var counts = await queue.CountAsync(TestContext.Current.CancellationToken);
        return counts.Results + counts.Dead;
    }

    private static string RowOf(string line)
    {
        using var row = JsonDocument.Parse(line);
        return $"{row.RootElement.GetProperty("id").GetString()} {line}";
    }
}
