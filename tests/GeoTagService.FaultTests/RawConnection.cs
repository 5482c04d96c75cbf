using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GeoTagService.FaultTests;

/// <summary>A connection whose every byte the test writes: what no well-behaved client does.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly StreamReader _reader;
    private readonly CancellationTokenSource _ceiling;

    private RawConnection(Socket socket)
    {
        _socket = socket;
        _reader = new StreamReader(new NetworkStream(socket), Encoding.Latin1);
        _ceiling = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        _ceiling.CancelAfter(Eventually.Ceiling);
    }

    /// <summary>Connects to the service.</summary>
    public static async Task<RawConnection> OpenAsync(ServiceProcess service)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, service.Port, TestContext.Current.CancellationToken);
        return new RawConnection(socket);
    }

    /// <summary>The head of a POST.</summary>
    /// <param name="path">The path.</param>
    /// <param name="more">Further headers, each with its end of line.</param>
    public static string Post(string path, string more) => $"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}\r\n";

    /// <summary>A part of a chunked body.</summary>
    public static string Chunk(string text) => $"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n";

    /// <summary>Sends text.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, _ceiling.Token)..];
        }
    }

    /// <summary>Says that nothing more comes, and goes on listening.</summary>
    public void CloseSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Vanishes without a word: what the other side sends is answered with a reset.</summary>
    public void Vanish()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    /// <summary>Reads until a line that holds a text.</summary>
    /// <returns>The line; null when the other side closed before one came.</returns>
    public async Task<string?> LineWithAsync(string text)
    {
        while (await LineAsync() is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        return null;
    }

    /// <summary>Reads all that comes until the other side closes; what came before a reset counts.</summary>
    public async Task<string> RestAsync()
    {
        var text = new StringBuilder();
        while (await LineAsync() is { } line)
        {
            text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _socket.Dispose();
        _ceiling.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string?> LineAsync()
    {
        try
        {
            return await _reader.ReadLineAsync(_ceiling.Token);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
