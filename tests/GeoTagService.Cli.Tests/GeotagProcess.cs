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

    public static GeotagProcess Start(params string[] arguments) => Start(new Dictionary<string, string?>(), arguments);

    /// <summary>Starts the tool and pipes a text in.</summary>
    public static GeotagProcess StartWith(string input, params string[] arguments)
    {
        var geotag = Start(new Dictionary<string, string?>(), arguments, takesInput: true);
        geotag._process.StandardInput.Write(input);
        geotag._process.StandardInput.Close();
        return geotag;
    }

    /// <summary>Starts the tool with variables of its own; null removes one.</summary>
    public static GeotagProcess Start(IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        Start(environment, arguments, takesInput: false);

    private static GeotagProcess Start(IReadOnlyDictionary<string, string?> environment, string[] arguments, bool takesInput)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, "geotag.dll"), .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardInput = takesInput,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new GeotagProcess(Process.Start(start)!);
    }

    /// <summary>Whether it has ended by itself.</summary>
    public bool HasExited => _process.HasExited;

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

    /// <summary>Asks it to end, as <c>kill</c> and engines for containers do.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code, and what it wrote to standard error.</returns>
    public async Task<(int ExitCode, string Error)> ExitAsync()
    {
        using var ceiling = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ceiling.CancelAfter(Ceiling);
        await _process.WaitForExitAsync(ceiling.Token);
        return (_process.ExitCode, string.Join("\n", _errors));
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
