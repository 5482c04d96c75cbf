using System.Net;
using System.Text.Json;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Tests.Bench;

public sealed class BenchLoadCommandTests
{
    [Fact]
    public async Task ClosedLoop_ReportsWhatAServerAnswered()
    {
        using var server = new ScriptedServer(number => number % 2 == 0 ? 200 : 503);
        using var directory = new TemporaryDirectory();
        var file = directory.PathOf("report.json");
        (
            await GeotagRun.Of(
                "bench",
                "load",
                "--server",
                server.Address,
                "--mode",
                "title",
                "--concurrency",
                "2",
                "--seconds",
                "0.5",
                "--warmup",
                "0",
                "--json",
                file
            )
        ).Succeeds();

        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        var root = report.RootElement;
        var (answered, refused) = (Count(root, "200"), Count(root, "503"));
        Assert.Equal("closed", root.GetProperty("arrivals").GetString());
        Assert.Equal("send-time", root.GetProperty("latencyFrom").GetString());
        Assert.Equal(root.GetProperty("requests").GetInt64(), answered + refused);
        Assert.True(answered > 0 && refused > 0);
        Assert.Equal(refused, root.GetProperty("refusals").GetProperty("count").GetInt64());
        Assert.Equal(answered, root.GetProperty("latency").GetProperty("count").GetInt64());
        Assert.Equal(0, root.GetProperty("refusalsWithoutRetryAfter").GetInt64());
        Assert.Equal(server.BodyBytes, root.GetProperty("bytesSent").GetInt64());
    }

    [Fact]
    public async Task OpenLoop_SendsTheWholeScheduleWhateverTheServerDoes()
    {
        using var server = new ScriptedServer(_ => 200);
        var output = (
            await GeotagRun.Of(
                "bench",
                "load",
                "--server",
                server.Address,
                "--mode",
                "title",
                "--rate",
                "100",
                "--seconds",
                "0.5",
                "--warmup",
                "0"
            )
        ).Succeeds();

        using var report = JsonDocument.Parse(output);
        // Even intervals of 10 ms from 0 on: exactly 50 are due in half a second.
        Assert.Equal(50, report.RootElement.GetProperty("requests").GetInt64());
        Assert.Equal("intended-send-time", report.RootElement.GetProperty("latencyFrom").GetString());
        Assert.Equal(50, Count(report.RootElement, "200"));
    }

    [Fact]
    public async Task NobodyAnswers_IsTheMachinesFault()
    {
        var run = await GeotagRun.Of(
            "bench",
            "load",
            "--server",
            "http://127.0.0.1:1",
            "--mode",
            "title",
            "--rate",
            "20",
            "--seconds",
            "0.2",
            "--warmup",
            "0"
        );
        Assert.Equal(ExitCode.Environment, run.ExitCode);
        Assert.Contains("ConnectionError", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--concurrency", "1", "--rate", "5")]
    [InlineData("--rate", "fast")]
    [InlineData("--rate", "5", "uniform")]
    [InlineData("--concurrency", "0")]
    public async Task Arrivals_ThatMakeNoSense_AreRefused(params string[] arrivals) =>
        (await GeotagRun.Of(["bench", "load", "--server", "http://127.0.0.1:1", "--seconds", "1", .. arrivals])).Fails(ExitCode.Usage);

    private static long Count(JsonElement report, string status) => report.GetProperty("statuses").GetProperty(status).GetInt64();

    /// <summary>Answers every request with the status of its number, and refusals with a Retry-After.</summary>
    private sealed class ScriptedServer : IDisposable
    {
        private readonly HttpListener _listener;
        private long _bodyBytes;

        public ScriptedServer(Func<long, int> statusOf)
        {
            (_listener, Address) = Open();
            _ = ServeAsync(statusOf);
        }

        public string Address { get; }

        public long BodyBytes => Volatile.Read(ref _bodyBytes);

        public void Dispose() => _listener.Close();

        private static (HttpListener Listener, string Address) Open()
        {
            while (true)
            {
                var address = $"http://127.0.0.1:{Random.Shared.Next(20_000, 60_000)}/";
                var listener = new HttpListener { Prefixes = { address } };
                try
                {
                    listener.Start();
                    return (listener, address);
                }
                catch (HttpListenerException)
                {
                    // Taken by somebody else: another one.
                }
            }
        }

        private async Task ServeAsync(Func<long, int> statusOf)
        {
            try
            {
                for (var number = 0L; ; number++)
                {
                    var context = await _listener.GetContextAsync();
                    using var body = new MemoryStream();
                    await context.Request.InputStream.CopyToAsync(body);
                    Interlocked.Add(ref _bodyBytes, body.Length);
                    context.Response.StatusCode = statusOf(number);
                    if (context.Response.StatusCode == 503)
                    {
                        context.Response.AddHeader("Retry-After", "1");
                    }

                    context.Response.Close("{}"u8.ToArray(), willBlock: false);
                }
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // The test is over.
            }
        }
    }
}
