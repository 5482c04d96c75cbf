using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Batches;

/// <summary>Batches over a real connection: what is not read holds the sender back, who leaves is not worked for.</summary>
public sealed class BatchStreamingTests
{
    private const int Window = 4;

    [Fact]
    public async Task FirstAnswers_ComeBeforeTheLastItemIsSent()
    {
        await using var application = GeoTagApplication.OnAPort();
        using var _ = await application.ReadyClientAsync();
        using var connection = await ConnectAsync(application);
        await SendHeadAsync(connection);

        await SendLineAsync(connection, Requests.Line("a", "Canal"));
        var first = await ReadUntilAsync(connection, "\"id\":\"a\"");
        await SendLineAsync(connection, Requests.Line("b", "Lock"));
        await SendAsync(connection, "0\r\n\r\n");
        var rest = await ReadUntilAsync(connection, "\"totals\"");

        Assert.Contains("200 OK", first, StringComparison.Ordinal);
        Assert.Contains("\"id\":\"b\"", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReaderThatDoesNotRead_HoldsTheSenderBackAndGetsEverythingLater()
    {
        await using var application = GeoTagApplication.OnAPort(("GeoTag:Http:BatchWindow", Window.ToString()));
        using var _ = await application.ReadyClientAsync();
        using var connection = await ConnectAsync(application, receiveBuffer: 8 * 1024);
        await SendHeadAsync(connection);

        // Sends until the service takes nothing more: far more than what fits the window and the connection's buffers.
        const int Items = 6_000;
        var sent = 0;
        var sending = Task.Run(
            async () =>
            {
                var filler = new string('x', 2_000);
                for (; sent < Items; sent++)
                {
                    await SendLineAsync(connection, $"{{\"id\":\"{sent}\",\"title\":\"Canal {sent}\",\"note\":\"{filler}\"}}");
                }

                await SendAsync(connection, "0\r\n\r\n");
            },
            TestContext.Current.CancellationToken
        );
        var runs = -1;
        while (runs != application.Encoder.TitleBatches.Sum())
        {
            runs = application.Encoder.TitleBatches.Sum();
            await Task.Delay(300, TestContext.Current.CancellationToken);
        }

        Assert.False(sending.IsCompleted, "the sender was not held back");
        Assert.True(runs < Items / 2, $"{runs} of {Items} items were worked on although nobody read the answers");

        var text = Body(await ReadUntilAsync(connection, "\r\n0\r\n\r\n"));
        await sending;
        Assert.Contains(
            $"{{\"totals\":{{\"items\":{Items},\"tagged\":{Items},\"failed\":0,\"complete\":true}}}}",
            text,
            StringComparison.Ordinal
        );
        var order = Lines(text).Select(line => line.GetProperty("index").GetInt32()).ToList();
        Assert.Equal(Enumerable.Range(0, Items), order);
    }

    [Fact]
    public async Task DistinctPhotosToASlowReader_ComeInOrderAndTheBadOnesFailInPlace()
    {
        const int Photos = 400;
        await using var application = GeoTagApplication.OnAPort(("GeoTag:Http:BatchWindow", Window.ToString()));
        using var client = await application.ReadyClientAsync();
        using var connection = await ConnectAsync(application, receiveBuffer: 4 * 1024);
        await SendHeadAsync(connection);
        var sending = Task.Run(
            async () =>
            {
                for (var i = 0; i < Photos; i++)
                {
                    await SendLineAsync(connection, Requests.Line($"{i}", null, IsBad(i) ? "no photo"u8.ToArray() : Photo(i)));
                }

                await SendAsync(connection, "0\r\n\r\n");
            },
            TestContext.Current.CancellationToken
        );

        var text = Body(await ReadUntilAsync(connection, "\r\n0\r\n\r\n", atOnce: 500));
        await sending;
        var lines = Lines(text).ToList();

        Assert.Equal(Enumerable.Range(0, Photos).Select(i => $"{i}"), lines.Select(line => line.GetProperty("id").GetString()));
        Assert.All(lines, (line, i) => Assert.Equal(IsBad(i), line.TryGetProperty("error", out _)));
        Assert.Contains(
            $"{{\"totals\":{{\"items\":{Photos},\"tagged\":{Photos - 4},\"failed\":4,\"complete\":true}}}}",
            text,
            StringComparison.Ordinal
        );
        Assert.Equal(Photos - 4, lines.Where((_, i) => !IsBad(i)).Select(Probabilities).Distinct().Count());
        foreach (var i in new[] { 0, 58, 199, Photos - 1 })
        {
            using var alone = await client.PostAsync("/v1/tags", Requests.Photo(Photo(i)), TestContext.Current.CancellationToken);
            Assert.Equal((await alone.JsonAsync()).GetProperty("probabilities").ToString(), Probabilities(lines[i]));
        }

        static bool IsBad(int i) => i % 100 == 57;
        static byte[] Photo(int i) => TestImages.Jpeg(64, 48, seed: i);
        static string Probabilities(JsonElement line) => line.GetProperty("result").GetProperty("probabilities").ToString();
    }

    [Fact]
    public async Task ClientThatLeaves_IsNotWorkedForAnyMore()
    {
        await using var application = GeoTagApplication.OnAPort(
            ("GeoTag:Http:BatchWindow", Window.ToString()),
            ("GeoTag:Batching:MaxBatchSize", "1")
        );
        using var client = await application.ReadyClientAsync();
        var warmed = application.Encoder.TitleBatches.Sum();
        using var running = new SemaphoreSlim(0);
        using var held = new ManualResetEventSlim();
        application.Encoder.OnRun = _ =>
        {
            running.Release();
            held.Wait(TestContext.Current.CancellationToken);
        };

        using (var connection = await ConnectAsync(application))
        {
            await SendHeadAsync(connection);
            for (var i = 0; i < 50; i++)
            {
                await SendLineAsync(connection, Requests.Line($"{i}", $"Canal {i}"));
            }

            await running.WaitAsync(TestContext.Current.CancellationToken);
            connection.LingerState = new LingerOption(true, 0);
        }

        await Eventually.TrueAsync(() => application.Log.Lines().Any(line => line.Contains("ClientLeft", StringComparison.Ordinal)));
        var begun = application.Encoder.TitleBatches.Sum() - warmed;
        application.Encoder.OnRun = null;
        held.Set();
        using var next = await client.PostAsync("/v1/tags?title=Lock", null, TestContext.Current.CancellationToken);
        Assert.True(next.IsSuccessStatusCode);
        // What a run had in hand is finished; nothing that waited is begun for somebody who left.
        Assert.InRange(begun, 1, Window + 2);
        Assert.Equal(begun + 1, application.Encoder.TitleBatches.Sum() - warmed);
        Assert.Single(application.Log.Lines(), line => line.Contains("/v1/tags/batch", StringComparison.Ordinal));
    }

    private static async Task<Socket> ConnectAsync(GeoTagApplication application, int? receiveBuffer = null)
    {
        using var client = application.CreateClient();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (receiveBuffer is { } bytes)
        {
            socket.ReceiveBufferSize = bytes;
        }

        await socket.ConnectAsync("127.0.0.1", client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        return socket;
    }

    private static Task SendHeadAsync(Socket connection) =>
        SendAsync(
            connection,
            "POST /v1/tags/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
        );

    private static Task SendLineAsync(Socket connection, string line) =>
        SendAsync(connection, $"{Encoding.UTF8.GetByteCount(line) + 1:x}\r\n{line}\n\r\n");

    private static async Task SendAsync(Socket connection, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var sent = 0; sent < bytes.Length; )
        {
            sent += await connection.SendAsync(bytes.AsMemory(sent), TestContext.Current.CancellationToken);
        }
    }

    private static async Task<string> ReadUntilAsync(Socket connection, string mark, int atOnce = 64 * 1024)
    {
        var text = new StringBuilder();
        var buffer = new byte[atOnce];
        while (true)
        {
            var read = await connection.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            Assert.NotEqual(0, read);
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            var tail = text.ToString(Math.Max(0, text.Length - read - mark.Length), Math.Min(text.Length, read + mark.Length));
            if (tail.Contains(mark, StringComparison.Ordinal))
            {
                return text.ToString();
            }
        }
    }

    /// <summary>The body of an answer in chunks.</summary>
    private static string Body(string answer)
    {
        var body = new StringBuilder();
        var at = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        while (true)
        {
            var end = answer.IndexOf("\r\n", at, StringComparison.Ordinal);
            var length = Convert.ToInt32(answer[at..end], 16);
            if (length == 0)
            {
                return body.ToString();
            }

            body.Append(answer, end + 2, length);
            at = end + 2 + length + 2;
        }
    }

    private static IEnumerable<JsonElement> Lines(string body) =>
        body.Split('\n')
            .Where(line => line.StartsWith("{\"index\"", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line).RootElement);
}
