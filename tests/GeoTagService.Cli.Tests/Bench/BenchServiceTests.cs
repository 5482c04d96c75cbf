using System.Text.Json;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Tests.Bench;

/// <summary>The commands that start the service in a process of its own. What they measure depends on the machine; that they
/// start it, ask it and report does not.</summary>
public sealed class BenchServiceTests(TinyModel model)
{
    [Fact]
    public async Task Service_IsStartedMeasuredAndDrawn()
    {
        using var directory = new TemporaryDirectory();
        var (json, plot) = (directory.PathOf("report.json"), directory.PathOf("report.svg"));
        var run = await GeotagRun.Of(
            "bench",
            "service",
            "--bundle",
            model.Bundle,
            "--closed",
            "1",
            "--open",
            "50",
            "--seconds",
            "2",
            "--warmup",
            "0",
            "--json",
            json,
            "--plot",
            plot
        );

        // A machine that is held up for those two seconds has a capacity of nought, and says so by its exit code.
        Assert.True(run.ExitCode is ExitCode.Success or ExitCode.Environment, run.Error);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
        var first = report.RootElement.GetProperty("loads")[0];
        Assert.Equal("closed 1", first.GetProperty("name").GetString());
        Assert.True(first.GetProperty("load").GetProperty("statuses").GetProperty("200").GetInt64() > 0);
        Assert.Contains("<svg", await File.ReadAllTextAsync(plot, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Overhead_ReportsEveryRound()
    {
        using var directory = new TemporaryDirectory();
        var json = directory.PathOf("rounds.json");
        var output = (
            await GeotagRun.Of(
                "bench",
                "overhead",
                "--bundle",
                model.Bundle,
                "--clients",
                "2",
                "--rounds",
                "2",
                "--seconds",
                "0.5",
                "--lone",
                "2",
                "--json",
                json
            )
        ).Succeeds();

        Assert.Contains("service ÷ bare", output, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
        Assert.Equal(2, report.RootElement.GetProperty("rounds").GetArrayLength());
        Assert.All(
            report.RootElement.GetProperty("rounds").EnumerateArray(),
            round =>
            {
                Assert.True(round.GetProperty("barePerSecond").GetDouble() > 0);
                Assert.True(round.GetProperty("serviceLone").GetDouble() > 0);
            }
        );
    }

    [Fact]
    public async Task BenchAlone_NamesWhatThereIs() =>
        (await GeotagRun.Of("bench")).Fails(ExitCode.Usage, "load", "service", "overhead", "encoder", "stages");

    [Theory]
    [InlineData("--rounds", "0")]
    [InlineData("--clients", "0")]
    [InlineData("--seconds", "0")]
    [InlineData("--lone", "0")]
    public async Task Overhead_ThatMeasuresNothing_IsRefused(string option, string value) =>
        (await GeotagRun.Of("bench", "overhead", "--bundle", model.Bundle, option, value)).Fails(ExitCode.Usage);

    [Fact]
    public async Task ServiceThatDoesNotStart_HasItsReasonTold()
    {
        using var directory = new TemporaryDirectory();
        (await GeotagRun.Of("bench", "service", "--bundle", directory.PathOf("nowhere"))).Fails(
            ExitCode.Environment,
            "instead of serving: ",
            directory.PathOf("nowhere")
        );
    }

    [Theory]
    [InlineData("bench", "encoder", "--json")]
    [InlineData("bench", "stages", "--json")]
    [InlineData("bench", "overhead", "--json")]
    [InlineData("bench", "service", "--json")]
    [InlineData("bench", "service", "--plot")]
    [InlineData("bench", "load", "--json")]
    [InlineData("evaluate", "--json")]
    [InlineData("evaluate", "--html")]
    public async Task ReportThatCannotBeWritten_IsRefusedBeforeAnythingIsMeasured(params string[] command)
    {
        using var directory = new TemporaryDirectory();
        (await GeotagRun.Of([.. command, directory.PathOf("nowhere/report")])).Fails(ExitCode.Usage, command[^1], "there is no directory");
        (await GeotagRun.Of([.. command, directory.PathOf(".")])).Fails(ExitCode.Usage, command[^1], "is a directory");
    }
}
