using GeoTagService.Bench.Tuning;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Tests.Bench;

public sealed class CpuPlanTests(TinyModel model)
{
    [Theory]
    [InlineData(1, new[] { 1 })]
    [InlineData(2, new[] { 1, 2 })]
    [InlineData(6, new[] { 1, 2, 4, 6 })]
    [InlineData(8, new[] { 1, 2, 4, 8 })]
    public void Divisions_DoubleUpToARunForEachThread(int threads, int[] expected) => Assert.Equal(expected, CpuPlan.Divisions(threads));

    [Fact]
    public void Choice_IsTheFirstThatIsNearlyTheFastest()
    {
        Assert.Equal("gentle", CpuPlan.Choose([("gentle", 10.2), ("hard", 10.0)], 0.03));
        Assert.Equal("hard", CpuPlan.Choose([("gentle", 10.4), ("hard", 10.0)], 0.03));
        Assert.Equal("middle", CpuPlan.Choose([("gentle", 12), ("middle", 10.1), ("hard", 10.0)], 0.03));
    }

    [Fact]
    public async Task Tune_PrintsSettingsThatTheServiceKnows()
    {
        var run = await GeotagRun.Of("models", "tune", "--bundle", model.Bundle, "--rounds", "1");

        var settings = run.Succeeds()
            .TrimEnd('\n')
            .Split('\n')
            .Select(line => line.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(
            [
                "GeoTag__Batching__MaxBatchSize",
                "GeoTag__Batching__MaxTitleBatchSize",
                "GeoTag__Onnx__ConcurrentRuns",
                "GeoTag__Onnx__IntraOpThreads",
                "GeoTag__Onnx__Spinning",
            ],
            settings.Keys.Order(StringComparer.Ordinal)
        );
        Assert.InRange(int.Parse(settings["GeoTag__Onnx__IntraOpThreads"]), 1, Environment.ProcessorCount);
        Assert.InRange(int.Parse(settings["GeoTag__Onnx__ConcurrentRuns"]), 1, Environment.ProcessorCount);
        Assert.Contains("photos a run", run.Error, StringComparison.Ordinal);
        Assert.Contains("titles a run", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tune_WithoutRounds_IsRefused() =>
        (await GeotagRun.Of("models", "tune", "--bundle", model.Bundle, "--rounds", "0")).Fails(ExitCode.Usage, "--rounds");
}
