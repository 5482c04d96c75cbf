using System.Formats.Tar;
using System.Text;
using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Bulk.Lists.Plans;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Lists divided into tasks and put together again.</summary>
public sealed class PlanTests(TinyModel model) : IDisposable
{
    private readonly TemporaryDirectory _directory = new(inMemory: true);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("folder", "csv", "--tasks", "4")]
    [InlineData("folder", "parquet", "--rows-per-task", "3")]
    [InlineData("pattern", "geojson", "--tasks", "3")]
    [InlineData("table", "csv", "--rows-per-task", "1")]
    [InlineData("table", "geojson", "--tasks", "40")]
    [InlineData("table", "parquet", "--tasks", "5")]
    [InlineData("lines", "ndjson", "--tasks", "6")]
    [InlineData("lines", "geojson", "--rows-per-task", "100")]
    [InlineData("rejects", "geojson", "--tasks", "2")]
    [InlineData("lists", "csv", "--tasks", "7")]
    [InlineData("tars", "csv", "--tasks", "6")]
    [InlineData("tars", "geojson", "--rows-per-task", "5")]
    [InlineData("packed", "csv", "--tasks", "4")]
    [InlineData("lists", "parquet", "--rows-per-task", "4")]
    public async Task Merged_IsWhatOneRunWrites(string kind, string format, string how, string number)
    {
        var list = Draw(kind);
        (await GeotagRun.Of("plan", "--input", list, how, number, "--output", _directory.PathOf("plan"), "--format", format)).Succeeds();
        (
            await GeotagRun.Of(
                "tag",
                "--bundle",
                model.Bundle,
                "--plan",
                _directory.PathOf("plan"),
                "--any-task",
                "--thresholds",
                "0.3",
                "--about-line"
            )
        ).Succeeds();
        var verified = (await GeotagRun.Of("verify", "--plan", _directory.PathOf("plan"))).Succeeds();
        (await Merge("merged." + format)).Succeeds();
        (
            await GeotagRun.Of(
                "tag",
                "--bundle",
                model.Bundle,
                "--input",
                list,
                "--output",
                _directory.PathOf("whole." + format),
                "--thresholds",
                "0.3",
                "--about-line"
            )
        ).Succeeds();

        foreach (var ending in new[] { format, format + ".errors.ndjson" })
        {
            Assert.Equal(
                Encoding.UTF8.GetString(await BytesAsync("whole." + ending)),
                Encoding.UTF8.GetString(await BytesAsync("merged." + ending))
            );
        }

        Assert.StartsWith("complete: ", verified, StringComparison.Ordinal);
        Assert.EndsWith(", 0 missing\n", verified, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TaskThatIsAbsentUnfinishedEditedOrOfAnotherModel_IsNamedAndNothingIsMerged()
    {
        await PlanAsync("table", 4);
        (await Task(1)).Succeeds();
        (await Merge("out.csv")).Fails(ExitCode.ItemsFailed, "task 0: it was not begun", "nothing was merged: 3 tasks of 4");

        (await GeotagRun.Of("tag", "--bundle", model.Bundle, "--plan", _directory.PathOf("plan"), "--any-task")).Succeeds();
        var paths = ListPlan.Open(_directory.PathOf("plan")).PathsOf(2);
        foreach (var file in new[] { paths.Rows, paths.Errors, paths.ItemsOf("") })
        {
            var whole = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            await File.WriteAllBytesAsync(
                file,
                whole.Length == 0 ? "x"u8.ToArray() : [.. whole[..^1], (byte)(whole[^1] ^ 1)],
                TestContext.Current.CancellationToken
            );
            (await Merge("out.csv")).Fails(ExitCode.ItemsFailed, "task 2: ", "was edited since");
            File.Delete(file);
            (await Merge("out.csv")).Fails(ExitCode.ItemsFailed, "task 2: ", "is missing");
            await File.WriteAllBytesAsync(file, whole, TestContext.Current.CancellationToken);
        }

        (ListLedger.Load(paths.Ledger)! with { Complete = false, Rejected = 0 }).Save(paths.Ledger);
        (await Merge("out.csv")).Fails(ExitCode.ItemsFailed, "task 2: it is not finished");

        var other = await Task(2, "--restart", "--head", "linear-txt");
        other.Succeeds();
        Assert.Contains("was tagged with another model or other options", other.Error, StringComparison.Ordinal);
        (await Merge("out.csv")).Fails(
            ExitCode.ItemsFailed,
            "task 2: it was tagged with another model, other options or another plan than task 0"
        );
        Assert.Equal(ExitCode.ItemsFailed, (await GeotagRun.Of("verify", "--plan", _directory.PathOf("plan"))).ExitCode);
        Assert.False(File.Exists(_directory.PathOf("out.csv")));

        // A task of another plan in the place of this one's.
        (await Task(2, "--restart")).Succeeds();
        (await Merge("out.csv")).Succeeds();
        Directory.Delete(Path.GetDirectoryName(paths.Rows)!, recursive: true);
        Directory.Move(
            Path.GetDirectoryName(ListPlan.Open(_directory.PathOf("plan")).PathsOf(3).Rows)!,
            Path.GetDirectoryName(paths.Rows)!
        );
        (await Merge("out.csv")).Fails(
            ExitCode.ItemsFailed,
            "task 2: its items are not those that the plan gives it",
            "task 3: it was not begun"
        );
    }

    [Fact]
    public async Task FolderThatChanges_IsStillThePlansList_AndATableIsRefused()
    {
        await PlanAsync("folder", 2);
        _directory.Write("photos/aa.jpg", TestImages.Jpeg());
        (await Task(0)).Succeeds();
        (await Task(1)).Succeeds();
        Assert.Contains(
            "8 rows: 7 done, 1 rejected, 0 missing",
            (await GeotagRun.Of("verify", "--plan", _directory.PathOf("plan"))).Output,
            StringComparison.Ordinal
        );
        (await GeotagRun.Of("plan", "--input", _directory.PathOf("photos"), "--tasks", "2", "--output", _directory.PathOf("plan"))).Fails(
            ExitCode.Usage,
            "holds another plan"
        );

        Directory.Delete(_directory.PathOf("plan"), recursive: true);
        var table = await PlanAsync("table", 2);
        await File.AppendAllTextAsync(table, "99,,More,,\n", TestContext.Current.CancellationToken);
        (await Task(0)).Succeeds();
        await File.WriteAllTextAsync(
            table,
            (await File.ReadAllTextAsync(table, TestContext.Current.CancellationToken)).Replace(
                "Title 11",
                "Title XX",
                StringComparison.Ordinal
            ),
            TestContext.Current.CancellationToken
        );
        (await Task(1)).Fails(ExitCode.Usage, "was changed since the plan was made", "task 1");
    }

    [Fact]
    public async Task FinishedTask_IsNotDoneAgain_AndTheIndexComesFromTheEngine()
    {
        await PlanAsync("table", 3);
        (await Task(0)).Succeeds();
        Assert.Contains("nothing is pending", (await Task(0)).Error, StringComparison.Ordinal);

        using var geotag = GeotagProcess.Start(
            new Dictionary<string, string?> { ["SLURM_ARRAY_TASK_ID"] = "2" },
            "tag",
            "--bundle",
            model.Bundle,
            "--plan",
            _directory.PathOf("plan")
        );
        var (code, error) = await geotag.ExitAsync();
        Assert.True(code == ExitCode.Success, error);
        Assert.Contains("task 2 of 0 to 2", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plan --input list.csv --output p", "--tasks and --rows-per-task")]
    [InlineData("plan --input list.csv --tasks 0 --output p", "1 or more")]
    [InlineData("plan --input list.csv --tasks 2 --output p --format txt", "geojson")]
    [InlineData("plan --input list.csv --tasks 1000000 --output p", "at most 100000")]
    [InlineData("tag --plan plan", "--task or --any-task")]
    [InlineData("tag --plan plan --task 3", "0 to 2")]
    [InlineData("tag --plan plan --task 1 --any-task", "--task K")]
    [InlineData("tag --plan plan --task 1 --output x.csv", "the plan says it")]
    [InlineData("tag --plan nowhere --task 1", "is no plan")]
    [InlineData("tag --task 1", "goes with --plan")]
    [InlineData("merge --plan plan --output x.geojson", "written as csv")]
    [InlineData("merge --plan plan --output nowhere/x.csv", "no directory")]
    [InlineData("verify --plan nowhere", "is no plan")]
    public async Task CommandLineThatMakesNoSense_IsUsage(string line, string says)
    {
        await PlanAsync("table", 3);
        string[] files = ["list.csv", "p", "plan", "nowhere", "x.csv", "x.geojson", "nowhere/x.csv"];
        var arguments = line.Split(' ').Select((word, at) => at > 0 && files.Contains(word) ? _directory.PathOf(word) : word).ToArray();

        (await GeotagRun.Of(arguments)).Fails(ExitCode.Usage, says);
    }

    [Fact]
    public async Task RejectedItems_AreAFailureForWhoSaysSo()
    {
        var list = Draw("table");
        async Task<int> CodeAsync(string output, params string[] rest) =>
            (
                await GeotagRun.Of(["tag", "--bundle", model.Bundle, "--input", list, "--output", _directory.PathOf(output), .. rest])
            ).ExitCode;

        Assert.Equal(ExitCode.Success, await CodeAsync("a.csv"));
        Assert.Equal(ExitCode.ItemsFailed, await CodeAsync("a.csv", "--fail-on-rejects"));
        Assert.Equal(ExitCode.ItemsFailed, await CodeAsync("b.csv", "--max-rejected", "2"));
        Assert.Equal(ExitCode.Success, await CodeAsync("b.csv", "--max-rejected", "20"));
        Assert.Equal(await BytesAsync("a.csv"), await BytesAsync("b.csv"));
    }

    [Fact]
    public async Task TasksThatAreTheFewer_AreBlamed_AlsoWhereTheyCameFirst()
    {
        await PlanAsync("table", 4);
        (await Task(0, "--head", "linear-txt")).Succeeds();
        foreach (var number in new[] { 1, 2, 3 })
        {
            (await Task(number)).Succeeds();
        }

        var merged = await Merge("out.csv");
        merged.Fails(ExitCode.ItemsFailed, "task 0: it was tagged with another model", "than task 1", "1 task of 4");
        Assert.DoesNotContain("task 2:", merged.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatNoRunMade_IsNotMergedOver_AndWhatARunMadeIsForgottenWithIt()
    {
        var list = await PlanAsync("table", 2);
        (await GeotagRun.Of("tag", "--bundle", model.Bundle, "--plan", _directory.PathOf("plan"), "--any-task")).Succeeds();
        await File.WriteAllTextAsync(_directory.PathOf("out.csv"), "my thesis", TestContext.Current.CancellationToken);
        (await Merge("out.csv")).Fails(ExitCode.Usage, "out.csv exists and is not what a run of geotag finished", "--replace");
        Assert.Equal("my thesis", await File.ReadAllTextAsync(_directory.PathOf("out.csv"), TestContext.Current.CancellationToken));
        (
            await GeotagRun.Of("merge", "--plan", _directory.PathOf("plan"), "--output", _directory.PathOf("out.csv"), "--replace")
        ).Succeeds();
        Assert.Contains("is replaced", (await Merge("out.csv")).Error, StringComparison.Ordinal);

        string[] tag = ["tag", "--bundle", model.Bundle, "--input", list, "--output", _directory.PathOf("whole.csv")];
        (await GeotagRun.Of([.. tag, "--probabilities"])).Succeeds();
        (await Merge("whole.csv")).Succeeds();
        Assert.Equal(await BytesAsync("out.csv"), await BytesAsync("whole.csv"));
        (await GeotagRun.Of([.. tag, "--probabilities"])).Fails(ExitCode.Usage, "is not from an unfinished run");
        Assert.Equal(await BytesAsync("out.csv"), await BytesAsync("whole.csv"));
    }

    [Fact]
    public async Task MoreTasksThanRows_AreTold_AndNoRowsAreNoPlan()
    {
        await File.WriteAllTextAsync(_directory.PathOf("two.csv"), "title\nOne\nTwo\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_directory.PathOf("none.csv"), "title\n", TestContext.Current.CancellationToken);
        async Task<GeotagRun> PlanOf(string list, string plan) =>
            await GeotagRun.Of("plan", "--input", _directory.PathOf(list), "--tasks", "5", "--output", _directory.PathOf(plan));

        var more = await PlanOf("two.csv", "more");
        more.Succeeds();
        Assert.Contains("the list has 2 rows: 3 tasks of 5 will have nothing to do", more.Error, StringComparison.Ordinal);
        (await PlanOf("none.csv", "none")).Fails(ExitCode.Usage, "none.csv has no rows");
        (await PlanOf("two.csv", "two.csv")).Fails(ExitCode.Usage, "two.csv is a file; a plan is a directory");
    }

    private async Task<string> PlanAsync(string kind, int tasks)
    {
        var list = Draw(kind);
        (await GeotagRun.Of("plan", "--input", list, "--tasks", $"{tasks}", "--output", _directory.PathOf("plan"))).Succeeds();
        return list;
    }

    private Task<GeotagRun> Task(int number, params string[] rest) =>
        GeotagRun.Of(["tag", "--bundle", model.Bundle, "--plan", _directory.PathOf("plan"), "--task", $"{number}", .. rest]);

    private Task<GeotagRun> Merge(string output) =>
        GeotagRun.Of("merge", "--plan", _directory.PathOf("plan"), "--output", _directory.PathOf(output));

    private Task<byte[]> BytesAsync(string name) => File.ReadAllBytesAsync(_directory.PathOf(name), TestContext.Current.CancellationToken);

    /// <summary>Draws a list with everything that makes rows long, odd or rejected.</summary>
    private string Draw(string kind)
    {
        Directory.CreateDirectory(_directory.PathOf("photos", "deep"));
        foreach (var name in new[] { "b", "a, with comma", "deep/c", "é", "d", "e", "f" })
        {
            _directory.Write($"photos/{name}.jpg", TestImages.Jpeg(64, 48, seed: name.Length));
        }

        _directory.Write("photos/broken.jpg", "no photo"u8.ToArray());
        switch (kind)
        {
            case "folder":
                return _directory.PathOf("photos");
            case "pattern":
                return _directory.PathOf("photos") + "/**/*.jpg";
            case "tars" or "packed":
                var photos = Directory
                    .GetFiles(_directory.PathOf("photos"), "*", SearchOption.AllDirectories)
                    .Order(StringComparer.Ordinal);
                foreach (var part in kind == "tars" ? new[] { "1.tar", "2.tar" } : ["1.tar.gz"])
                {
                    DrawnTar.Write(
                        _directory.PathOf(part),
                        TarEntryFormat.Pax,
                        [
                            .. photos.SelectMany(photo =>
                                new[]
                                {
                                    DrawnTar.Member($"{part[0]}-{Path.GetFileName(photo)}", File.ReadAllBytes(photo)),
                                    DrawnTar.Member($"{part[0]}-{Path.ChangeExtension(Path.GetFileName(photo), ".txt")}", "Tor"),
                                }
                            ),
                        ]
                    );
                }

                return _directory.PathOf(kind == "tars" ? "*.tar" : "1.tar.gz");
            case "lists":
                foreach (var part in new[] { "1", "2", "3" })
                {
                    File.WriteAllText(
                        _directory.PathOf($"part-{part}.csv"),
                        $"image,title\nphotos/b.jpg,Tor {part}\n,\"Two\nlines\"\nabsent.jpg,\n"
                    );
                }

                return _directory.PathOf("part-*.csv");
            case "lines":
                var lines = Enumerable
                    .Range(0, 30)
                    .Select(row =>
                        row % 7 == 3 ? "no JSON"
                        : row % 5 == 1 ? $$"""{"id":{{row}},"image":"photos/b.jpg","lat":53.5,"lon":-1.5}"""
                        : $$"""{"title":"Title {{row}}"}"""
                    );
                File.WriteAllText(_directory.PathOf("list.ndjson"), string.Join("\n\n", lines));
                return _directory.PathOf("list.ndjson");
            default:
                var rows = Enumerable
                    .Range(0, 20)
                    .Select(row =>
                        kind == "rejects"
                            ? $"{row},absent.jpg,,,\n"
                            : (row % 6) switch
                            {
                                0 => $"{row},photos/deep/c.jpg,\"Title {row}\nin two lines, \"\"quoted\"\"\",53.5,-1.5\n",
                                1 => $"{row},,Title {row},95,0\n",
                                2 => $"{row},absent.jpg,,,\n",
                                3 => $",,Title {row},,\n",
                                4 => $"{row},,\"Title {row},,,,\n\",x,y,z,z\n\n",
                                _ => $"{row},photos/broken.jpg,,,\r\n",
                            }
                    );
                File.WriteAllText(_directory.PathOf("list.csv"), "\uFEFFid,image,title,lat,lon\n" + string.Concat(rows));
                return _directory.PathOf("list.csv");
        }
    }
}
