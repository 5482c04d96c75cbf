using System.Diagnostics;
using GeoTagService.Testing;
using StackExchange.Redis;

namespace GeoTagService.Api.FunctionalTests.Caching;

/// <summary>A real redis-server on a free port of the loopback interface, keeping nothing on disk.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("geotag-redis-");
    private Process? _process;

    private RedisServer(int port) => Port = port;

    public int Port { get; }

    public string Configuration => $"127.0.0.1:{Port}";

    /// <summary>Starts a server, or skips the test where none is installed.</summary>
    public static async Task<RedisServer> StartAsync()
    {
        var program = LocalMachine.FindProgram("redis-server");
        Assert.SkipWhen(program is null, "redis-server is not installed");
        var server = new RedisServer(LocalMachine.FreePort());
        await server.RunAsync(program!);
        return server;
    }

    /// <summary>Connects as an administrator of the test.</summary>
    public async Task<ConnectionMultiplexer> ConnectAsync() =>
        await ConnectionMultiplexer.ConnectAsync($"{Configuration},allowAdmin=true,connectTimeout=60000,asyncTimeout=60000");

    /// <summary>Ends the server at once.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process!.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private async Task RunAsync(string program)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        foreach (
            var argument in new[]
            {
                "--port",
                $"{Port}",
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                _directory.FullName,
            }
        )
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
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
