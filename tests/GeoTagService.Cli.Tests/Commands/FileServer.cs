using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GeoTagService.Cli.Tests.Commands;

/// <summary>Serves the files of some directories over HTTP, by their names alone, as an origin and as a proxy: what is asked
/// of it shows which of the two it was taken for.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _targets = new();
    private readonly string[] _directories;

    public FileServer(params string[] directories)
    {
        _directories = directories;
        _listener.Start();
        Base = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";
        _ = AcceptAsync();
    }

    public string Base { get; }

    /// <summary>The targets of all requests: a whole address where it was asked as a proxy, a path where as an origin.</summary>
    public IReadOnlyList<string> Targets => [.. _targets];

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(connection);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        using var open = connection;
        var stream = connection.GetStream();
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var target = (await reader.ReadLineAsync(_stop.Token))!.Split(' ')[1];
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 })
        {
            // Headers; nothing depends on them.
        }

        _targets.Enqueue(target);
        var file = _directories.Select(directory => Path.Combine(directory, Path.GetFileName(target))).FirstOrDefault(File.Exists);
        var body = file is null ? [] : await File.ReadAllBytesAsync(file, _stop.Token);
        var head = $"HTTP/1.1 {(file is null ? "404 Not Found" : "200 OK")}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head), _stop.Token);
        await stream.WriteAsync(body, _stop.Token);
    }
}
