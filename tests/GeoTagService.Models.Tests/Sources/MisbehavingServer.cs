using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using GeoTagService.Testing;

namespace GeoTagService.Models.Tests.Sources;

/// <summary>A request as the server saw it.</summary>
internal sealed record SeenRequest(string Path, long? From);

/// <summary>What the server does with a request.</summary>
internal sealed record Reply(int Status, byte[] Body)
{
    /// <summary>Announced length; null announces none.</summary>
    public long? Length { get; init; } = Body.Length;

    /// <summary>Bytes sent before the connection is dropped; null sends all.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Whether the connection stays open without a further byte, rather than being dropped.</summary>
    public bool Holds { get; init; }

    public string Headers { get; init; } = string.Empty;
}

/// <summary>A web server on the loopback that does what files are seldom served with: cuts, lies, stalls.</summary>
internal sealed class MisbehavingServer : IDisposable
{
    private readonly Func<SeenRequest, int, Reply> _answer;
    private readonly ConcurrentQueue<SeenRequest> _requests = new();
    private readonly LoopbackServer _server;

    /// <summary>Starts a server.</summary>
    /// <param name="answer">From a request and how many there were before it to a reply.</param>
    public MisbehavingServer(Func<SeenRequest, int, Reply> answer)
    {
        _answer = answer;
        _server = new LoopbackServer(ServeAsync);
    }

    public Uri Base => _server.Base;

    public IReadOnlyList<SeenRequest> Requests => [.. _requests];

    /// <summary>A server of honest files, which knows ranges.</summary>
    public static Reply Honest(byte[] content, SeenRequest request) =>
        request.From is not { } from
            ? new Reply(200, content)
            : new Reply(206, content[(int)from..]) { Headers = $"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}\r\n" };

    public void Dispose() => _server.Dispose();

    private async Task ServeAsync(NetworkStream stream, CancellationToken stop)
    {
        var request = await ReadRequestAsync(stream, stop);
        var before = _requests.Count;
        _requests.Enqueue(request);
        var reply = _answer(request, before);
        var length = reply.Length is { } announced ? $"Content-Length: {announced}\r\n" : string.Empty;
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 {reply.Status} Reply\r\nConnection: close\r\n{length}{reply.Headers}\r\n"),
            stop
        );
        await stream.WriteAsync(reply.Body.AsMemory(0, reply.CutAfter ?? reply.Body.Length), stop);
        await stream.FlushAsync(stop);
        if (reply.Holds)
        {
            await Task.Delay(Timeout.Infinite, stop);
        }
    }

    private static async Task<SeenRequest> ReadRequestAsync(NetworkStream stream, CancellationToken stop)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, stop) == 0)
            {
                throw new IOException("the client hung up");
            }

            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n");
        var range = lines.FirstOrDefault(line => line.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase));
        return new SeenRequest(
            lines[0].Split(' ')[1],
            range is null ? null : long.Parse(range["Range: bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture)
        );
    }
}
