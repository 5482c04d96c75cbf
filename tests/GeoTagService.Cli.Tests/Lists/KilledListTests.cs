using System.Diagnostics;
using System.Text;
using System.Text.Json;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>
/// Lists whose run is really killed. The list is a pipe that is fed as long as the run lives, so that no run can end before
/// it is killed, however fast or slow the machine is.
/// </summary>
public sealed class KilledListTests(TinyModel model) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("out.ndjson")]
    [InlineData("out.geojson")]
    [InlineData("out.csv")]
    [InlineData("out.parquet")]
    public async Task RunKilledTwice_EndsWithEveryItemOnce(string output)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the list is a pipe of the file system, which Windows has not");
        var list = _directory.PathOf("list.ndjson");
        await MakePipeAsync(list);

        long reached = 0;
        for (var kill = 0; kill < 2; kill++)
        {
            using var geotag = GeotagProcess.Start(Arguments(list, output));
            var feeding = FeedAsync(list, long.MaxValue);
            await geotag.UntilAsync(() => Next(output) > reached);
            await geotag.KillAsync();
            await feeding;
            reached = Next(output);
        }

        var total = reached + 300;
        // Opening a pipe waits for the other end.
        var last = Task.Run(() => GeotagRun.Of(Arguments(list, output)), TestContext.Current.CancellationToken);
        await FeedAsync(list, total);
        var resumed = await last;
        File.Delete(list);
        await File.WriteAllBytesAsync(list, [.. Lines(total).SelectMany(line => line)], TestContext.Current.CancellationToken);
        var whole = await GeotagRun.Of(Arguments(list, "whole-" + output));

        Assert.Equal(ExitCode.Success, resumed.ExitCode);
        Assert.Contains("going on at item", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, whole.ExitCode);
        foreach (var file in new[] { output, output + ".errors.ndjson" })
        {
            var (killed, expected) = (await BytesAsync(file), await BytesAsync("whole-" + file));
            Assert.True(killed.SequenceEqual(expected), $"{file} after two kills is not what one run writes");
        }
    }

    private string[] Arguments(string list, string output) =>
        ["tag", "--bundle", model.Bundle, "--input", list, "--output", _directory.PathOf(output)];

    private Task<byte[]> BytesAsync(string name) => File.ReadAllBytesAsync(_directory.PathOf(name), TestContext.Current.CancellationToken);

    /// <summary>How far the run's ledger is.</summary>
    private long Next(string output)
    {
        var ledger = _directory.PathOf($".geotag/{output}.ledger");
        return File.Exists(ledger) ? JsonElement.Parse(File.ReadAllText(ledger)).GetProperty("next").GetInt64() : 0;
    }

    private static async Task MakePipeAsync(string path)
    {
        using var mkfifo = Process.Start("mkfifo", [path]);
        await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, mkfifo.ExitCode);
    }

    /// <summary>Writes the list until it is written, or nobody reads it any more.</summary>
    private static Task FeedAsync(string pipe, long rows) =>
        Task.Run(
            () =>
            {
                try
                {
                    using var file = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1 << 12);
                    foreach (var line in Lines(rows))
                    {
                        file.Write(line);
                    }
                }
                catch (IOException)
                {
                    // The reader was killed.
                }
            },
            TestContext.Current.CancellationToken
        );

    /// <summary>Titles; every seventh row cannot be read.</summary>
    private static IEnumerable<byte[]> Lines(long rows)
    {
        for (long row = 0; row < rows; row++)
        {
            yield return Encoding.UTF8.GetBytes(
                $$"""{"id":{{row}},"title":"title {{row}}","lat":{{(row % 7 == 3 ? "\"x\"" : "null")}}}""" + "\n"
            );
        }
    }
}
