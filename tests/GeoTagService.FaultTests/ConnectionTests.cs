using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using GeoTagService.FaultTests.Gateway;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests;

/// <summary>Clients that send slowly, stop in the middle or vanish, beside clients that each get the answer that their item gets
/// alone.</summary>
public sealed partial class ConnectionTests(OneService one) : IClassFixture<OneService>
{
    private const int Many = 30;

    private static readonly byte[] s_photo = TestImages.Jpeg(640, 480);

    [Fact]
    public async Task SlowHeaders_HoldNobodyUp()
    {
        await using var others = await Traffic.StartAsync(one.Service.Address, clients: 2);
        var slow = new List<RawConnection>();
        for (var i = 0; i < Many; i++)
        {
            slow.Add(await RawConnection.OpenAsync(one.Service));
            await slow[i].SendAsync("POST /v1/tags HTTP/1.1\r\nHost: localho");
        }

        await others.MoreAsync(10);
        foreach (var connection in slow)
        {
            await connection.SendAsync("st\r\nX-More: 1\r\n");
        }

        await others.MoreAsync(10);
        // Who comes to an end after all is answered.
        await slow[0].SendAsync("Connection: close\r\nContent-Length: 0\r\n\r\n");
        Assert.NotNull(await slow[0].LineWithAsync("HTTP/1.1 422"));
        await EndAsync(others, slow);
    }

    [Fact]
    public async Task SlowBodies_AreEndedAndHoldNobodyUp()
    {
        await using var others = await Traffic.StartAsync(one.Service.Address, clients: 2);
        var slow = new List<RawConnection>();
        for (var i = 0; i < Many; i++)
        {
            slow.Add(await RawConnection.OpenAsync(one.Service));
            await slow[i].SendAsync(RawConnection.Post("/v1/tags", $"Content-Type: image/jpeg\r\nContent-Length: {s_photo.Length}\r\n"));
            await slow[i].SendAsync(s_photo.AsMemory(0, 100));
        }

        await others.MoreAsync(10);
        foreach (var connection in slow)
        {
            Assert.NotNull(await connection.LineWithAsync("HTTP/1.1 408"));
        }

        await EndAsync(others, slow);
    }

    [Theory]
    [InlineData("v1/tags")]
    [InlineData("nowhere")]
    public async Task RefusedBody_IsAnsweredAndTaken_SoThatItsConnectionGoesOn(string path)
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1 };
        var connections = 0;
        handler.ConnectCallback = async (context, end) =>
        {
            Interlocked.Increment(ref connections);
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(context.DnsEndPoint, end);
            return new NetworkStream(socket, ownsSocket: true);
        };
        using var client = new HttpClient(handler) { BaseAddress = one.Service.Address };
        using var refused = new ByteArrayContent(new byte[28_000_000]);
        refused.Headers.ContentType = new("application/json");

        using var answer = await client.PostAsync(path, refused, TestContext.Current.CancellationToken);
        using var next = await client.GetAsync("health/live", TestContext.Current.CancellationToken);

        Assert.True((int)answer.StatusCode is >= 400 and < 500, answer.ToString());
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.Equal(1, connections);
    }

    [Theory]
    [InlineData("before")]
    [InlineData("in the headers")]
    [InlineData("in the body")]
    [InlineData("after the request")]
    [InlineData("in the answer")]
    [InlineData("in a batch")]
    public async Task VanishingClients_CostOthersNothing(string when)
    {
        await using var others = await Traffic.StartAsync(one.Service.Address, clients: 2);
        for (var i = 0; i < Many; i++)
        {
            await using var client = await RawConnection.OpenAsync(one.Service);
            var head = RawConnection.Post("/v1/tags", $"Content-Type: image/jpeg\r\nContent-Length: {s_photo.Length}\r\n");
            switch (when)
            {
                case "in the headers":
                    await client.SendAsync(head[..40]);
                    break;
                case "in the body":
                    await client.SendAsync(head);
                    await client.SendAsync(s_photo.AsMemory(0, s_photo.Length / 2));
                    break;
                case "after the request":
                    await client.SendAsync(head);
                    await client.SendAsync(s_photo);
                    break;
                case "in the answer":
                    await client.SendAsync(head);
                    await client.SendAsync(s_photo);
                    await client.LineWithAsync("HTTP/1.1 200");
                    break;
                case "in a batch":
                    await client.SendAsync(
                        RawConnection.Post("/v1/tags/batch", "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n")
                    );
                    await client.SendAsync(RawConnection.Chunk("{\"title\":\"Canal\"}\n{\"title\":\"Lo"));
                    await client.LineWithAsync("\"result\"");
                    break;
            }

            client.Vanish();
        }

        await others.MoreAsync(20);
        await EndAsync(others, []);
        // What they held is given back.
        using var metrics = new HttpClient { BaseAddress = one.Service.Address };
        await Eventually.TrueAsync(async () =>
        {
            var text = await metrics.GetStringAsync("metrics", TestContext.Current.CancellationToken);
            return QueueDepths().Matches(text).All(depth => double.Parse(depth.Groups[1].ValueSpan, CultureInfo.InvariantCulture) == 0);
        });
    }

    /// <summary>As docs/decisions/half-closed.md has it: who ends its side has left, and costs nobody else anything.</summary>
    [Fact]
    public async Task HalfClosedConnections_AreClosedAndCostOthersNothing()
    {
        await using var others = await Traffic.StartAsync(one.Service.Address, clients: 2);
        for (var i = 0; i < Many; i++)
        {
            await using var client = await RawConnection.OpenAsync(one.Service);
            await client.SendAsync(RawConnection.Post("/v1/tags", $"Content-Type: image/jpeg\r\nContent-Length: {s_photo.Length}\r\n"));
            await client.SendAsync(i % 2 == 0 ? s_photo : s_photo.AsMemory(0, s_photo.Length / 2));
            client.CloseSending();
            // Closed from the other side too, whether the answer was already there or not: nobody waits for ever.
            await client.RestAsync();
        }

        await others.MoreAsync(20);
        await EndAsync(others, []);
    }

    private static async Task EndAsync(Traffic others, List<RawConnection> connections)
    {
        await others.EndAsync();
        Assert.Empty(others.Failed);
        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }
    }

    [GeneratedRegex(@"^geotag_queue_depth\{[^}]*\} (\S+)", RegexOptions.Multiline)]
    private static partial Regex QueueDepths();
}
