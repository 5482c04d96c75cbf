using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Core;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Runs over a folder that changes, one case each.</summary>
public sealed class UpdatedRunTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new(inMemory: true);

    public UpdatedRunTests()
    {
        Directory.CreateDirectory(_directory.PathOf("photos"));
        foreach (var name in new[] { "a", "b", "c", "d", "e" })
        {
            Photo(name, "photo " + name);
        }
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task KilledRun_GoesOnWithItsList_AndTellsWhatTheFolderBecame()
    {
        Assert.True(await Run().RunAndKillAsync(3, new Random(1)));
        File.Delete(PathOf("d"));
        Photo("bb", "new");

        var resumed = Run();
        var ledger = await resumed.RunAsync();

        Assert.Equal(["a", "b", "c", "e"], Names("out.csv"));
        Assert.Equal((4, 1), (ledger.Done, ledger.Rejected));
        Assert.Contains("1 photo is new (bb.jpg), 1 photo is gone (d.jpg)", resumed.Said, StringComparison.Ordinal);
        Assert.Contains("--update", resumed.Said, StringComparison.Ordinal);
        Assert.Contains(
            "There is no such file",
            await File.ReadAllTextAsync(_directory.PathOf("out.csv.errors.ndjson"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task FinishedRun_TellsWhatIsNew_AndAnUpdateTagsThatAlone()
    {
        await Run().RunAsync();
        Photo("bb", "new");
        var before = await BytesAsync("out.csv");

        var plain = Run();
        await plain.RunAsync();
        Assert.Equal(0, plain.Tagged);
        Assert.Contains("1 photo is new (bb.jpg). This run does not cover that: --update", plain.Said, StringComparison.Ordinal);
        Assert.Equal(before, await BytesAsync("out.csv"));

        var update = Run(update: true);
        await update.RunAsync();
        Assert.Equal(1, update.Tagged);
        Assert.Contains("6 items: 6 done, 0 rejected, 5 of them as before", update.Said, StringComparison.Ordinal);
        Assert.Equal(["a", "b", "bb", "c", "d", "e"], Names("out.csv"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ChangeThatKeepsSizeAndTime_IsSeen_UnlessTimesAreTrusted(bool trusts)
    {
        await Run().RunAsync();
        var time = File.GetLastWriteTimeUtc(PathOf("c"));
        Photo("c", "photo X");
        File.SetLastWriteTimeUtc(PathOf("c"), time);

        var update = new DrawnRun(_directory.PathOf("photos"), _directory.PathOf("out.csv")) { Update = true, TrustsTimes = trusts };
        await update.RunAsync();

        Assert.Equal(trusts ? 0 : 1, update.Tagged);
    }

    [Fact]
    public async Task VanishedPhotos_AreDropped_OrKeptAtTheirPlace()
    {
        await Run().RunAsync();
        var kept = Lines("out.csv").Single(line => line.StartsWith("b.jpg,", StringComparison.Ordinal));
        File.Delete(PathOf("b"));
        Photo("aa", "new");

        await Run(update: true, keeps: true).RunAsync();
        Assert.Equal(["a", "aa", "b", "c", "d", "e"], Names("out.csv"));
        Assert.Contains(kept, Lines("out.csv"));

        var quiet = Run(update: true, keeps: true);
        await quiet.RunAsync();
        Assert.Equal(["a", "aa", "b", "c", "d", "e"], Names("out.csv"));
        Assert.Equal(0, quiet.Tagged);

        Photo("b", "photo b");
        await Run(update: true, keeps: true).RunAsync();
        Assert.Equal(["a", "aa", "b", "c", "d", "e"], Names("out.csv"));

        File.Delete(PathOf("b"));
        var dropping = Run(update: true);
        await dropping.RunAsync();
        Assert.Equal(["a", "aa", "c", "d", "e"], Names("out.csv"));
        Assert.Contains("b.jpg); rows of those that are gone are dropped", dropping.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VanishedRowsOfATable_AreKeptBehindTheOthers()
    {
        Table("1,Tor", "2,Moor", "3,Lock");
        await Run(input: "list.csv").RunAsync();
        Table("3,Lock", "4,Weir");

        for (var again = 0; again < 2; again++)
        {
            await Run(input: "list.csv", update: true, keeps: true).RunAsync();
            Assert.Equal(["3", "4", "1", "2"], Names("out.csv"));
        }

        var dropping = Run(input: "list.csv", update: true);
        await dropping.RunAsync();
        Assert.Equal(["3", "4"], Names("out.csv"));
        Assert.Contains("2 rows are gone from the list (1, 2); what was tagged is dropped", dropping.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TableThatWasChanged_IsRefusedUntilAnUpdateIsAsked()
    {
        Table("1,Tor", "2,Moor", "3,Lock");
        Assert.True(await Run(input: "list.csv").RunAndKillAsync(2, new Random(1)));
        Table("1,Tor", "2,Fell", "3,Lock");

        var refused = await Assert.ThrowsAsync<RunFailureException>(() => Run(input: "list.csv").RunAsync());
        Assert.Contains("was changed since", refused.Message, StringComparison.Ordinal);
        await Run(input: "list.csv", update: true).RunAsync();

        Assert.Equal(["1,,Tor", "2,,Fell", "3,,Lock"], Lines("out.csv").Skip(1).Select(line => string.Join(',', line.Split(',')[..3])));
    }

    [Fact]
    public async Task PassingFaults_AreTriedAgainByTheSameCommand_AndOthersAreNot()
    {
        Photo("c", "bad");
        var busy = new DrawnRun(_directory.PathOf("photos"), _directory.PathOf("out.csv"))
        {
            FailsInPassing = item => item.Id is "b.jpg" or "d.jpg",
        };
        Assert.Equal((2, 3), ((await busy.RunAsync()).Done, 3));

        var again = Run();
        var ledger = await again.RunAsync();

        Assert.Equal(2, again.Tagged);
        Assert.Equal((4, 1), (ledger.Done, ledger.Rejected));
        Assert.Equal(["a", "b", "d", "e"], Names("out.csv"));
        Assert.Contains("2 rejected by a fault that may have passed are tried again", again.Said, StringComparison.Ordinal);
        Assert.Equal(0, await TaggedAsync(Run()));
    }

    [Fact]
    public async Task UpdateKilledWhileItIsPutInPlace_EndsTheSame()
    {
        await Run().RunAsync();
        var before = State();
        Photo("bb", "new");
        Photo("c", "other");
        File.Delete(PathOf("e"));
        await Run(update: true).RunAsync();
        var after = State();
        var paths = RunPaths.Beside(_directory.PathOf("out.csv"), ListFormat.Of("out.csv")!, errors: null);

        // Each of the four moves, the ledger, and the end of the update's ledger.
        for (var steps = 0; steps <= 4; steps++)
        {
            Restore(before);
            foreach (
                var (from, to) in paths
                    .FilesOf(".update1")
                    .Zip(paths.FilesOf(""))
                    .Select((pair, step) => step < steps ? (pair.Second, pair.Second) : pair)
            )
            {
                await File.WriteAllBytesAsync(from, after.GetValueOrDefault(to, []), TestContext.Current.CancellationToken);
            }

            (ListLedger.Load(paths.Ledger)! with { Suffix = "" }).Save(paths.Ledger);
            await File.WriteAllBytesAsync(paths.Update, after[paths.Ledger], TestContext.Current.CancellationToken);
            (ListLedger.Load(paths.Update)! with { Suffix = ".update1", Earlier = [new EarlierPass("", 5)] }).Save(paths.Update);

            Assert.Equal(0, await TaggedAsync(Run()));
            Assert.Equal(["a", "b", "bb", "c", "d"], Names("out.csv"));
            Assert.Equal(after.Keys.Order(), State().Keys.Order());
            Assert.Equal(0, await TaggedAsync(Run(update: true)));
        }
    }

    [Fact]
    public async Task OutputThatWasEdited_IsNotTakenOver()
    {
        await Run().RunAsync();
        var whole = await BytesAsync("out.csv");
        var edited = (byte[])whole.Clone();
        edited[^3] ^= 1;
        await File.WriteAllBytesAsync(_directory.PathOf("out.csv"), edited, TestContext.Current.CancellationToken);

        var update = Run(update: true);
        await update.RunAsync();

        Assert.Equal(1, update.Tagged);
        Assert.Equal(whole, await BytesAsync("out.csv"));
    }

    [Fact]
    public async Task FolderThatCannotBeLookedInto_IsTold_AndAnUpdateDropsNothing()
    {
        if (OperatingSystem.IsWindows() || Environment.UserName == "root")
        {
            Assert.Skip("permissions do not hold this user back");
            return;
        }

        Directory.CreateDirectory(_directory.PathOf("photos", "deep"));
        Photo("deep/f", "photo f");
        await Run().RunAsync();
        File.SetUnixFileMode(_directory.PathOf("photos", "deep"), UnixFileMode.None);
        try
        {
            var refused = await Assert.ThrowsAsync<RunFailureException>(() => Run(update: true).RunAsync());
            Assert.Contains("could not be looked into", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(
                _directory.PathOf("photos", "deep"),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
        }
    }

    private DrawnRun Run(string input = "photos", bool update = false, bool keeps = false) =>
        new(_directory.PathOf(input), _directory.PathOf("out.csv"))
        {
            Update = update,
            Keeps = keeps,
            Window = 1,
        };

    private static async Task<int> TaggedAsync(DrawnRun run)
    {
        await run.RunAsync();
        return run.Tagged;
    }

    private Dictionary<string, byte[]> State() => StateFiles().ToDictionary(path => path, File.ReadAllBytes);

    /// <summary>The output and what the run keeps; not the photos.</summary>
    private string[] StateFiles() =>
        [.. Directory.GetFiles(_directory.Root), .. Directory.GetFiles(_directory.PathOf(RunPaths.StateDirectory))];

    private void Restore(Dictionary<string, byte[]> state)
    {
        foreach (var path in StateFiles())
        {
            File.Delete(path);
        }

        foreach (var (path, bytes) in state)
        {
            File.WriteAllBytes(path, bytes);
        }
    }

    private string PathOf(string name) => _directory.PathOf("photos", name + ".jpg");

    private void Photo(string name, string content) => File.WriteAllText(PathOf(name), content);

    private void Table(params string[] rows) =>
        File.WriteAllText(_directory.PathOf("list.csv"), "id,title\n" + string.Concat(rows.Select(row => row + "\n")));

    private IEnumerable<string> Names(string output) =>
        Lines(output).Skip(1).Select(line => line.Split(',')[0].Replace(".jpg", "", StringComparison.Ordinal));

    private string[] Lines(string name) => File.ReadAllLines(_directory.PathOf(name));

    private Task<byte[]> BytesAsync(string name) => File.ReadAllBytesAsync(_directory.PathOf(name), TestContext.Current.CancellationToken);
}
