using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Commands;

/// <summary>Serves the files of some directories over HTTP, by their names alone, as an origin and as a proxy: what is asked
/// of it shows which of the two it was taken for.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly ConcurrentQueue<string> _targets = new();
    private readonly string[] _directories;
    private readonly LoopbackServer _server;

    public FileServer(params string[] directories)
    {
        _directories = directories;
        _server = new LoopbackServer(ServeAsync);
    }

    public string Base => _server.Base.ToString();

    /// <summary>The targets of all requests: a whole address where it was asked as a proxy, a path where as an origin.</summary>
    public IReadOnlyList<string> Targets => [.. _targets];

    public void Dispose() => _server.Dispose();

    private async Task ServeAsync(NetworkStream stream, CancellationToken stop)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var target = (await reader.ReadLineAsync(stop))!.Split(' ')[1];
        while (await reader.ReadLineAsync(stop) is { Length: > 0 })
        {
            // Headers; nothing depends on them.
        }

        _targets.Enqueue(target);
        var file = _directories.Select(directory => Path.Combine(directory, Path.GetFileName(target))).FirstOrDefault(File.Exists);
        var body = file is null ? [] : await File.ReadAllBytesAsync(file, stop);
        var head = $"HTTP/1.1 {(file is null ? "404 Not Found" : "200 OK")}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head), stop);
        await stream.WriteAsync(body, stop);
    }
}
