using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Training.Decisions;

namespace GeoTagService.Cli.Tests.Commands;

public sealed class EvaluateCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task HeadsByBothDecisions_AreMeasuredSideBySide()
    {
        (
            await GeotagRun.Of(["train", .. Data, "--head", "linear-txt", "--head", "linear-img", "--epochs", "4", "--output", Run])
        ).Succeeds();

        var output = (
            await GeotagRun.Of([
                "evaluate",
                .. Data,
                "--heads",
                Run,
                "--head",
                "linear-txt",
                "--head",
                "linear-img",
                "--decision",
                "threshold",
                "--decision",
                "LabelSets",
                "--json",
                _directory.PathOf("report.json"),
                "--html",
                _directory.PathOf("report.html"),
            ])
        ).Succeeds();

        using var report = JsonDocument.Parse(
            await File.ReadAllTextAsync(_directory.PathOf("report.json"), TestContext.Current.CancellationToken)
        );
        Assert.Equal(
            ["linear-txt", "linear-txt-label-sets", "linear-img", "linear-img-label-sets"],
            report.RootElement.GetProperty("heads").EnumerateArray().Select(head => head.GetProperty("head").GetString())
        );
        Assert.Equal(3, report.RootElement.GetProperty("comparisons").GetArrayLength());
        Assert.Contains("linear-img-label-sets", output, StringComparison.Ordinal);
        Assert.Contains("exact match by number of tags", output, StringComparison.Ordinal);
        Assert.Contains("exact match by 100 km square", output, StringComparison.Ordinal);
        Assert.Contains("F1 by tag", output, StringComparison.Ordinal);
        Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 120));
        Assert.Contains(
            "<svg",
            await File.ReadAllTextAsync(_directory.PathOf("report.html"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task LabelSetsThatAreNotThere_AreAskedFor()
    {
        (await GeotagRun.Of(["train", .. Data, "--head", "linear-txt", "--epochs", "1", "--output", Run])).Succeeds();
        var sets = Path.Combine(Run, LabelSetPrior.FileName);
        var elsewhere = _directory.PathOf("elsewhere.csv");
        File.Move(sets, elsewhere);
        string[] evaluate = ["evaluate", .. Data, "--heads", Run, "--decision", "LabelSets"];

        (await GeotagRun.Of(evaluate)).Fails(ExitCode.Environment, sets, "--label-sets");
        (await GeotagRun.Of([.. evaluate, "--label-sets", elsewhere, "--label-set-weight", "2"])).Fails(
            ExitCode.Usage,
            "--label-set-weight"
        );
        (await GeotagRun.Of([.. evaluate, "--label-sets", elsewhere])).Succeeds();
        await File.WriteAllTextAsync(sets, "photos,rows\nmany,1\n", TestContext.Current.CancellationToken);
        (await GeotagRun.Of(evaluate)).Fails(ExitCode.Environment, "line 2");
        (await GeotagRun.Of([.. evaluate, "--head", "mlp-img"])).Fails(ExitCode.Usage, "no head 'mlp-img'", "linear-txt");
    }

    private string Run => _directory.PathOf("run");

    private static string[] Data => ["--semi-synthetic", "600"];
}
