using System.Net;
using System.Net.Sockets;
using System.Text;
using GeoTagService.Api.Uploads;
using GeoTagService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace GeoTagService.Api.FunctionalTests.Uploads;

/// <summary>Slow senders over real connections: they are ended, and nobody else waits for them.</summary>
public sealed class SlowUploadTests
{
    private const int Megabyte = 1024 * 1024;
    private static readonly byte[] Photo = TestImages.Jpeg();

    /// <summary>Every operation and kind of body: the beginning of one that does not go on.</summary>
    public static TheoryData<string, string, string> Beginnings =>
        new()
        {
            { "/v1/tags", "image/jpeg", "abc" },
            {
                "/v1/tags",
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\nabc"
            },
            { "/v1/tags", "multipart/form-data; boundary=b", "--b\r\nContent-Disp" },
            { "/v1/tags", "application/json", "{\"image\":\"AAAA" },
            { "/v1/tags", "application/json", "{\"ti" },
            { "/v1/tags", "application/x-www-form-urlencoded", "title=Ca" },
            { "/v1/tags/evidence", "image/jpeg", "abc" },
            { "/v1/embeddings", "image/jpeg", "abc" },
            { "/v1/tags/from-embeddings", "application/json", "{\"items\":[{" },
            { "/v1/tags/batch", "application/x-ndjson", "{\"title\":\"Ca" },
            { "/v1/tags/batch", "application/x-ndjson", "{\"title\":\"Canal\"}\n{\"image\":\"AAAA" },
            {
                "/v1/tags/batch",
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\nabc"
            },
            { "/v1/tags/from-embeddings", "application/x-ndjson", "{\"title\":\"AA" },
        };

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task BodyThatStandsStill_IsEndedWithAProblem(string path, string type, string beginning)
    {
        await using var application = GeoTagApplication.OnAPort(("GeoTag:Http:UploadPatience", "00:00:01"));
        using var client = await application.ReadyClientAsync();
        using var connection = await BeginAsync(client, path, type, 200_000, Encoding.ASCII.GetBytes(beginning));

        // A batch has answered 200 by then, and ends with its totals.
        var answer = await ReadUntilAsync(
            connection,
            path.EndsWith("batch", StringComparison.Ordinal) || type == "application/x-ndjson" ? "\"complete\":false" : "\"code\":"
        );

        Assert.Contains("upload-too-slow", answer, StringComparison.Ordinal);
        Assert.Contains("\"status\":408", answer, StringComparison.Ordinal);
        Assert.Contains("\"limit\":4096,\"unit\":\"bytes per second\"", answer, StringComparison.Ordinal);
        await NothingIsHeldAsync(application);
    }

    [Theory]
    [InlineData("application/x-ndjson", "{\"title\":\"Canal\"}\n")]
    [InlineData("application/x-ndjson", "")]
    [InlineData(
        "multipart/form-data; boundary=b",
        "--b\r\nContent-Disposition: form-data; name=\"item\"\r\n\r\n{\"title\":\"Canal\"}\r\n--b\r\n"
    )]
    public async Task BatchWithoutAFurtherItem_IsEndedAfterItsTime(string type, string beginning)
    {
        await using var application = GeoTagApplication.OnAPort(("GeoTag:Http:BatchIdleTimeout", "00:00:01"));
        using var client = await application.ReadyClientAsync();
        using var connection = await BeginAsync(client, "/v1/tags/batch", type, 20 * Megabyte, Encoding.ASCII.GetBytes(beginning));

        var answer = await ReadUntilAsync(connection, "\"complete\":false");

        Assert.Contains("upload-timeout", answer, StringComparison.Ordinal);
        Assert.Contains("\"limit\":1,\"unit\":\"seconds\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManySlowUploads_MakeNobodyElseWait()
    {
        await using var application = GeoTagApplication.OnAPort(
            ("GeoTag:Http:MaxBufferedUploadBytes", (32 * Megabyte).ToString()),
            ("GeoTag:Http:UploadPatience", "00:05:00")
        );
        using var client = await application.ReadyClientAsync();
        var slow = new List<Socket>();
        for (var i = 0; i < 40; i++)
        {
            slow.Add(await BeginAsync(client, "/v1/tags", "image/jpeg", 20 * Megabyte, Photo.AsMemory(0, 300)));
        }

        var budget = application.Services.GetRequiredService<UploadBudget>();
        await Eventually.TrueAsync(() => budget.TakenBytes >= 40 * UploadBudget.Step);
        var refused = await SendManyAsync(client);
        foreach (var connection in slow)
        {
            await connection.SendAsync(Photo.AsMemory(300, 10), TestContext.Current.CancellationToken);
            connection.Dispose();
        }

        Assert.Equal(0, refused);
        await NothingIsHeldAsync(application);
    }

    [Fact]
    public async Task UploadsThatFillTheRoomAndStandStill_AreEndedWhenOthersWant()
    {
        await using var application = GeoTagApplication.OnAPort(
            ("GeoTag:Http:MaxBufferedUploadBytes", (32 * Megabyte).ToString()),
            ("GeoTag:Http:MaxUploadSharePercent", "100"),
            ("GeoTag:Http:UploadPatience", "00:05:00"),
            ("GeoTag:Http:UploadWait", "00:01:00")
        );
        using var client = await application.ReadyClientAsync();
        var budget = application.Services.GetRequiredService<UploadBudget>();
        var slow = new List<Socket>();
        for (var i = 0; i < 2; i++)
        {
            slow.Add(await BeginAsync(client, "/v1/tags", "image/jpeg", 20 * Megabyte, new byte[(12 * Megabyte) + 1000]));
        }

        await Eventually.TrueAsync(() => budget.TakenBytes >= 24 * Megabyte);

        // Titles do not wait for anything; photos wait until the slow ones gave way.
        using var title = await client.PostAsync(
            "/v1/tags",
            Requests.Form(null, ("title", "Canal")),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(HttpStatusCode.OK, title.StatusCode);
        Assert.Equal(0, await SendManyAsync(client));

        var answers = await Task.WhenAll(slow.Select(connection => ReadUntilAsync(connection, "\r\n\r\n")));
        Assert.Contains(answers, answer => answer.StartsWith("HTTP/1.1 408", StringComparison.Ordinal));
        slow.ForEach(connection => connection.Dispose());
        await NothingIsHeldAsync(application);
    }

    [Fact]
    public async Task ClientThatFillsItsShare_LeavesOthersTheirs()
    {
        using var budget = new UploadBudget(
            Microsoft.Extensions.Options.Options.Create(
                new Api.Hosting.EdgeOptions { MaxBufferedUploadBytes = 64 * Megabyte, UploadWait = TimeSpan.Zero }
            ),
            Microsoft.Extensions.Options.Options.Create(new Core.TaggingOptions()),
            TimeProvider.System
        );
        var greedy = Enumerable.Range(0, 100).Select(_ => budget.Open(null, "greedy", Megabyte - 1)).ToList();
        var got = 0;
        foreach (var upload in greedy)
        {
            got += await upload.TakeAsync(Megabyte, TestContext.Current.CancellationToken) is null ? 1 : 0;
        }

        // The first bytes of each are not of the share.
        Assert.Equal(32 * Megabyte / (Megabyte - UploadBudget.Step), got);
        using var other = budget.Open(null, "other", (20 * Megabyte) - 1);
        Assert.Null(await other.TakeAsync(20 * Megabyte, TestContext.Current.CancellationToken));
        greedy.ForEach(upload => upload.Dispose());
        Assert.Equal(20 * Megabyte, budget.TakenBytes);
    }

    /// <summary>Sends photos of two megabytes and titles, several at once.</summary>
    /// <returns>How many were not answered as they should.</returns>
    private static async Task<int> SendManyAsync(HttpClient client)
    {
        byte[] large = [.. Photo, .. new byte[2 * Megabyte]];
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 24)
                .Select(async i =>
                {
                    using HttpContent body = (i % 3) switch
                    {
                        0 => Requests.Photo(large),
                        1 => Requests.Json(Requests.Line("a", "Canal", large)),
                        _ => Requests.Form(null, ("title", $"Canal {i}")),
                    };
                    using var answer = await client.PostAsync("/v1/tags", body, TestContext.Current.CancellationToken);
                    return answer.StatusCode;
                })
        );
        return answers.Count(status => status != HttpStatusCode.OK);
    }

    private static async Task<Socket> BeginAsync(HttpClient client, string path, string type, int length, ReadOnlyMemory<byte> beginning)
    {
        var connection = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await connection.ConnectAsync("127.0.0.1", client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var head = $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nContent-Length: {length}\r\n\r\n";
        await connection.SendAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
        for (var sent = 0; sent < beginning.Length; )
        {
            sent += await connection.SendAsync(beginning[sent..], TestContext.Current.CancellationToken);
        }

        return connection;
    }

    private static async Task<string> ReadUntilAsync(Socket connection, string mark)
    {
        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (!text.ToString().Contains(mark, StringComparison.Ordinal))
        {
            var read = await connection.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            Assert.True(read > 0, $"the connection ended after: {text}");
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return text.ToString();
    }

    private static Task NothingIsHeldAsync(GeoTagApplication application) =>
        Eventually.TrueAsync(() => application.Services.GetRequiredService<UploadBudget>().TakenBytes == 0);
}
