using System.Text.Json;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Tests.Bench;

public sealed class BenchPartsTests(TinyModel model)
{
    [Theory]
    [InlineData("stages", "encode title")]
    [InlineData("encoder", "batch 8")]
    public async Task Parts_AreTimedAndReported(string part, string variant)
    {
        using var directory = new TemporaryDirectory();
        var file = directory.PathOf("times.json");
        var output = (await GeotagRun.Of("bench", part, "--bundle", model.Bundle, "--rounds", "3", "--json", file)).Succeeds();

        Assert.Contains(variant, output, StringComparison.Ordinal);
        using var times = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Contains(
            times.RootElement.EnumerateArray(),
            time => time.GetProperty("name").GetString()!.Contains(variant, StringComparison.Ordinal)
        );
        Assert.All(
            times.RootElement.EnumerateArray(),
            time =>
                Assert.InRange(
                    time.GetProperty("median").GetDouble(),
                    time.GetProperty("lowerQuartile").GetDouble(),
                    time.GetProperty("upperQuartile").GetDouble()
                )
        );
    }

    [Fact]
    public async Task NoRounds_IsRefused() =>
        (await GeotagRun.Of("bench", "stages", "--bundle", model.Bundle, "--rounds", "0")).Fails(ExitCode.Usage);
}
