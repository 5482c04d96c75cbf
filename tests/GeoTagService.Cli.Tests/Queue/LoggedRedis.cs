using System.Diagnostics;
using GeoTagService.Bulk.Queue;
using GeoTagService.Testing;
using StackExchange.Redis;

namespace GeoTagService.Cli.Tests.Queue;

/// <summary>A real redis-server with an append-only file, which can be killed and started again.</summary>
internal sealed class LoggedRedis : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = LocalMachine.FreePort();
    private readonly string _program;
    private Process? _process;

    private LoggedRedis(string program) => _program = program;

    /// <summary>The queue, as users name it.</summary>
    public string Queue => $"redis://127.0.0.1:{_port}";

    /// <summary>Starts a server, or skips the test where none is installed.</summary>
    public static async Task<LoggedRedis> StartAsync()
    {
        var program = LocalMachine.FindProgram("redis-server");
        Assert.SkipWhen(program is null, "redis-server is not installed");
        var redis = new LoggedRedis(program!);
        await redis.RunAsync();
        return redis;
    }

    /// <summary>Kills the server and starts it again with what it had written.</summary>
    public async Task RestartAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        _process.Dispose();
        await RunAsync();
    }

    public Task<TaskQueue> OpenAsync() =>
        TaskQueue.OpenAsync(QueueAddress.Parse(Queue), _ => { }, TimeProvider.System, TestContext.Current.CancellationToken);

    /// <summary>The server as other programs see it.</summary>
    public async Task<ConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{_port}");

    public async ValueTask DisposeAsync()
    {
        if (!_process!.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        _directory.Dispose();
    }

    private async Task RunAsync()
    {
        string[] arguments = ["--port", $"{_port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--dir", _directory.Root];
        _process = Process.Start(new ProcessStartInfo(_program, arguments) { RedirectStandardOutput = true })!;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                ready.TrySetException(new InvalidOperationException("redis-server ended"));
            }
            else if (line.Data.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        };
        _process.BeginOutputReadLine();
        await ready.Task.WaitAsync(TestContext.Current.CancellationToken);
    }
}
