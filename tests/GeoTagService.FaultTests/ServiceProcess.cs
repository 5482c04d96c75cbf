using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests;

/// <summary>The built service as a process of its own, with its embedded model, on a port of the loopback interface.</summary>
internal sealed partial class ServiceProcess : IAsyncDisposable
{
    private const int Terminate = 15;

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;

    private ServiceProcess(int port, string[] settings, IReadOnlyDictionary<string, string>? environment, string? directory = null)
    {
        Port = port;
        Address = new Uri($"http://127.0.0.1:{port}/");
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(
            host,
            [Path.Combine(AppContext.BaseDirectory, "GeoTagService.Api.dll"), "--urls", Address.AbsoluteUri, .. settings]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        // One line of JSON for each entry of the log, whatever this machine's environment is called.
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>The same, as the root of a web server.</summary>
    public Uri Address { get; }

    /// <summary>What it wrote so far.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Its process.</summary>
    public Process Process => _process;

    /// <summary>Starts the service; does not wait for it.</summary>
    /// <param name="port">Where it listens.</param>
    /// <param name="settings">On the command line: <c>--GeoTag:Http:ShutdownDelay=00:00:03</c>.</param>
    public static ServiceProcess Start(int port, params string[] settings) => new(port, settings, null);

    /// <summary>Starts the service with variables of its own.</summary>
    public static ServiceProcess Start(IReadOnlyDictionary<string, string> environment, params string[] settings) =>
        new(LocalMachine.FreePort(), settings, environment);

    /// <summary>Starts the service in another directory.</summary>
    public static ServiceProcess StartIn(string directory, IReadOnlyDictionary<string, string> environment, params string[] settings) =>
        new(LocalMachine.FreePort(), settings, environment, directory);

    /// <summary>Waits until it is ready.</summary>
    public async Task<ServiceProcess> ReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = Address };
        await Eventually.TrueAsync(async () =>
        {
            Assert.False(_process.HasExited, $"the service ended by itself:\n{string.Join("\n", _lines)}");
            return await IsReadyAsync(client);
        });
        return this;
    }

    /// <summary>Asks it to stop, as an operator or an orchestrator does.</summary>
    public void Stop() => Assert.Equal(0, Kill(_process.Id, Terminate));

    /// <summary>Sends it a signal by number.</summary>
    public void Signal(int number) => Assert.Equal(0, Kill(_process.Id, number));

    /// <summary>Sends any process a signal by number.</summary>
    public static void Signal(int process, int number) => Assert.Equal(0, Kill(process, number));

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        using var ceiling = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ceiling.CancelAfter(Eventually.Ceiling);
        await _process.WaitForExitAsync(ceiling.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync("health/ready", TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is { } text)
        {
            _lines.Enqueue(text);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
