using GeoTagService.Bulk.Lists.Plans;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Workers that share a plan and are really killed, wherever they are.</summary>
public sealed class KilledPlanTests(TinyModel model) : IDisposable
{
    private const int Rows = 6_000;
    private const int Workers = 3;
    private const int Kills = 6;

    private readonly TemporaryDirectory _directory = new(inMemory: true);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task WorkersThatAreKilled_StrandNothing_AndTheMergeIsOneRuns()
    {
        var list = _directory.PathOf("list.csv");
        await File.WriteAllLinesAsync(
            list,
            ["id,title,lat", .. Enumerable.Range(0, Rows).Select(row => $"{row},Title {row},{(row % 50 == 7 ? "x" : "")}")],
            TestContext.Current.CancellationToken
        );
        (await GeotagRun.Of("plan", "--input", list, "--tasks", "30", "--output", _directory.PathOf("plan"))).Succeeds();
        var plan = ListPlan.Open(_directory.PathOf("plan"));
        var random = new Random(5);
        var workers = Enumerable.Range(0, Workers).Select(_ => Start()).ToList();
        try
        {
            var reached = 0L;
            for (var kill = 0; kill < Kills; kill++)
            {
                // Never so far that the work could be done before the last kill.
                var goal = reached + random.Next(1, Rows / (2 * Kills));
                var victim = random.Next(Workers);
                await workers[victim].UntilAsync(() => Recorded(plan) >= goal);
                await workers[victim].KillAsync();
                workers[victim].Dispose();
                workers[victim] = Start();
                reached = Recorded(plan);
            }

            foreach (var worker in workers)
            {
                var (code, error) = await worker.ExitAsync();
                Assert.True(code == ExitCode.Success, error);
            }
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }

        Assert.Contains(
            "6000 rows: 5880 done, 120 rejected, 0 missing",
            (await GeotagRun.Of("verify", "--plan", plan.Directory)).Succeeds(),
            StringComparison.Ordinal
        );
        (await GeotagRun.Of("merge", "--plan", plan.Directory, "--output", _directory.PathOf("merged.csv"))).Succeeds();
        (await GeotagRun.Of("tag", "--bundle", model.Bundle, "--input", list, "--output", _directory.PathOf("whole.csv"))).Succeeds();
        foreach (var ending in new[] { "", ".errors.ndjson" })
        {
            var (merged, whole) = (await BytesAsync("merged.csv" + ending), await BytesAsync("whole.csv" + ending));
            Assert.True(merged.SequenceEqual(whole), $"merged.csv{ending} is not what one run writes");
        }
    }

    private GeotagProcess Start() =>
        GeotagProcess.Start("tag", "--bundle", model.Bundle, "--plan", _directory.PathOf("plan"), "--any-task");

    private static long Recorded(ListPlan plan) => Enumerable.Range(0, plan.Tasks.Count).Sum(task => plan.LedgerOf(task)?.Recorded ?? 0);

    private Task<byte[]> BytesAsync(string name) => File.ReadAllBytesAsync(_directory.PathOf(name), TestContext.Current.CancellationToken);
}
