using System.Collections.Concurrent;
using System.Diagnostics;

namespace GeoTagService.Cli.Tests;

/// <summary>The built tool as a process of its own, so that it can be killed.</summary>
internal sealed class GeotagProcess : IDisposable
{
    /// <summary>128 and the number of SIGKILL.</summary>
    public const int KilledExitCode = 137;

    private static readonly TimeSpan Ceiling = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();

    private GeotagProcess(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        _process.BeginErrorReadLine();
    }

    public static GeotagProcess Start(params string[] arguments)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, "geotag.dll"), .. arguments])
        {
            RedirectStandardError = true,
        };
        return new GeotagProcess(Process.Start(start)!);
    }

    /// <summary>Waits until the process has brought something about.</summary>
    public async Task UntilAsync(Func<bool> isSo)
    {
        using var ceiling = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ceiling.CancelAfter(Ceiling);
        while (!isSo())
        {
            Assert.False(_process.HasExited, $"geotag ended by itself: {string.Join("\n", _errors)}");
            await Task.Delay(5, ceiling.Token);
        }
    }

    /// <summary>Ends it as <c>kill -9</c> does, with no chance to tidy up.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(KilledExitCode, _process.ExitCode);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
