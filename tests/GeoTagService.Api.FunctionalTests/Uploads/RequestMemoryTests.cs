using System.Net;
using System.Net.Sockets;
using System.Text;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Uploads;

/// <summary>What a request costs in memory, by operation and content type: all that the process allocates while it is answered,
/// which is at least all that it holds at once.</summary>
[CollectionDefinition(nameof(RequestMemoryTests), DisableParallelization = true)]
[Collection(nameof(RequestMemoryTests))]
public sealed class RequestMemoryTests
{
    private const int Megabyte = 1024 * 1024;
    private const int PhotoBytes = 8 * Megabyte;

    public static TheoryData<string> Forms => [.. Bodies.Keys];

    /// <summary>Path, content type and body for a photo.</summary>
    private static Dictionary<string, Func<byte[], (string Path, string Type, byte[] Body)>> Bodies { get; } =
        new()
        {
            ["tags, form"] = photo => ("/v1/tags", "multipart/form-data; boundary=b", Form(photo)),
            ["tags, photo"] = photo => ("/v1/tags?title=Canal", "image/jpeg", photo),
            ["tags, JSON"] = photo => ("/v1/tags", "application/json", Json(photo)),
            ["tags, urlencoded"] = _ => ("/v1/tags", "application/x-www-form-urlencoded", "title=Canal"u8.ToArray()),
            ["embeddings, form"] = photo => ("/v1/embeddings", "multipart/form-data; boundary=b", Form(photo)),
            ["embeddings, photo"] = photo => ("/v1/embeddings", "image/jpeg", photo),
            ["embeddings, JSON"] = photo => ("/v1/embeddings", "application/json", Json(photo)),
            ["evidence, form"] = photo => ("/v1/tags/evidence?tag=tag1077", "multipart/form-data; boundary=b", Form(photo)),
            ["evidence, photo"] = photo => ("/v1/tags/evidence?tag=tag1077", "image/jpeg", photo),
            ["evidence, JSON"] = photo => ("/v1/tags/evidence?tag=tag1077", "application/json", Json(photo)),
            ["batch, NDJSON"] = photo => ("/v1/tags/batch", "application/x-ndjson", [.. Json(photo), (byte)'\n']),
            ["batch, text"] = photo => ("/v1/tags/batch", "text/plain", [.. Json(photo), (byte)'\n']),
            ["batch, form"] = photo => ("/v1/tags/batch", "multipart/form-data; boundary=b", Form(photo, withTitle: false)),
            ["from embeddings, JSON"] = _ => ("/v1/tags/from-embeddings", "application/json", Vectors(1)),
            ["from embeddings, JSON of many"] = _ => ("/v1/tags/from-embeddings", "application/json", Vectors(8)),
            ["from embeddings, NDJSON"] = _ => ("/v1/tags/from-embeddings", "application/x-ndjson", Vectors(1)),
        };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Request_TakesAtMostTwiceItsPhotoAndAMegabyte(string form)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        var port = client.BaseAddress!.Port;
        // The way is gone once before, so that what is counted is the request's and not its first use's.
        for (var seed = 0; seed < 3; seed++)
        {
            await SendAsync(port, Bodies[form]([.. TestImages.Jpeg(64, 48, seed), .. new byte[2 * Megabyte]]));
        }

        byte[] photo = [.. TestImages.Jpeg(64, 48, 99), .. new byte[PhotoBytes]];
        var request = Bodies[form](photo);
        var holdsPhoto = request.Body.Length > PhotoBytes;
        var before = GC.GetTotalAllocatedBytes(precise: true);

        await SendAsync(port, request);

        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.InRange(allocated, 0, (holdsPhoto ? 2L * photo.Length : 0) + Megabyte);
    }

    [Fact]
    public async Task ManyAnswersInOneDocument_AreNotCollected()
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        using var connection = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await connection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, client.BaseAddress!.Port), TestContext.Current.CancellationToken);
        var body = Vectors(4096);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await connection.SendAsync(
            Encoding.ASCII.GetBytes(
                "POST /v1/tags/from-embeddings HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"
            ),
            TestContext.Current.CancellationToken
        );
        for (var sent = 0; sent < body.Length; )
        {
            sent += await connection.SendAsync(body.AsMemory(sent), TestContext.Current.CancellationToken);
        }

        // Nobody reads the answers: they would have to be kept, some seventy megabytes of them.
        var buffer = new byte[64 * 1024];
        var read = (long)await connection.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        while (await connection.ReceiveAsync(buffer, TestContext.Current.CancellationToken) is var more && more > 0)
        {
            read += more;
        }

        // What others leave behind may make it less than nothing.
        Assert.InRange(held, long.MinValue, 8 * Megabyte);
        Assert.InRange(read, 4096 * 1000, long.MaxValue);
    }

    private static byte[] Form(byte[] photo, bool withTitle = true) =>
        [
            .. Encoding.UTF8.GetBytes(withTitle ? "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nCanal\r\n" : ""),
            .. "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n"u8,
            .. photo,
            .. "\r\n--b--\r\n"u8,
        ];

    private static byte[] Json(byte[] photo) =>
        Encoding.UTF8.GetBytes($"{{\"id\":\"a\",\"title\":\"Canal\",\"image\":\"{Convert.ToBase64String(photo)}\"}}");

    private static byte[] Vectors(int count)
    {
        var item = $"{{\"image\":[{string.Join(',', Enumerable.Range(0, 16))}]}}";
        return Encoding.UTF8.GetBytes(count == 1 ? item : $"{{\"items\":[{string.Join(',', Enumerable.Repeat(item, count))}]}}");
    }

    /// <summary>Sends bytes that are there already, and reads the answer into a small buffer: the client counts for next to
    /// nothing.</summary>
    private static async Task SendAsync(int port, (string Path, string Type, byte[] Body) request)
    {
        using var connection = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await connection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), TestContext.Current.CancellationToken);
        var head =
            $"POST {request.Path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {request.Type}\r\n"
            + $"Content-Length: {request.Body.Length}\r\n\r\n";
        await connection.SendAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
        for (var sent = 0; sent < request.Body.Length; )
        {
            sent += await connection.SendAsync(request.Body.AsMemory(sent), TestContext.Current.CancellationToken);
        }

        var buffer = new byte[16 * 1024];
        var read = await connection.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        var status = Encoding.ASCII.GetString(buffer, 0, Math.Min(read, 15));
        while (await connection.ReceiveAsync(buffer, TestContext.Current.CancellationToken) > 0) { }

        Assert.StartsWith("HTTP/1.1 200", status, StringComparison.Ordinal);
    }
}
