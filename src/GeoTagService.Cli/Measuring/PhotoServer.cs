using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GeoTagService.Cli.Measuring;

/// <summary>Serves the files of a folder on this machine, for as long as something is measured.</summary>
internal sealed class PhotoServer : IDisposable
{
    private readonly string _folder;
    private readonly HttpListener _listener;

    /// <summary>Starts on a free port.</summary>
    public PhotoServer(string folder)
    {
        _folder = folder;
        Root = string.Create(CultureInfo.InvariantCulture, $"http://localhost:{FreePort()}/");
        _listener = new HttpListener();
        _listener.Prefixes.Add(Root);
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    /// <summary>Address of the folder.</summary>
    public string Root { get; }

    public void Dispose() => _listener.Close();

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext asked;
            try
            {
                asked = await _listener.GetContextAsync().ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
            {
                // Closed: nothing is measured any more.
                return;
            }

            _ = Task.Run(() => AnswerAsync(asked));
        }
    }

    private async Task AnswerAsync(HttpListenerContext asked)
    {
        var photo = await File.ReadAllBytesAsync(Path.Combine(_folder, Path.GetFileName(asked.Request.Url!.AbsolutePath)))
            .ConfigureAwait(false);
        asked.Response.ContentType = "image/jpeg";
        asked.Response.ContentLength64 = photo.Length;
        await asked.Response.OutputStream.WriteAsync(photo).ConfigureAwait(false);
        asked.Response.Close();
    }
}
