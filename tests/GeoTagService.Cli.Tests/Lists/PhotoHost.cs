using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Serves the files of a folder over HTTP, as they are at the moment, or misbehaves as told.</summary>
internal sealed class PhotoHost : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly string _folder;
    private readonly ConcurrentDictionary<string, int> _asked = new();
    private int _underWay;
    private int _mostUnderWay;

    public PhotoHost(string folder)
    {
        _folder = folder;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(AnswerAsync);
        _server.Start();
        Root = _server.Urls.First() + "/";
    }

    /// <summary>Address of the folder.</summary>
    public string Root { get; }

    /// <summary>What answers a path in place of its file; false where it does not.</summary>
    public Func<string, HttpContext, bool> Misbehaves { get; set; } = (_, _) => false;

    /// <summary>Most requests that were under way at once.</summary>
    public int MostUnderWay => _mostUnderWay;

    /// <summary>How often a path was asked for.</summary>
    public int Asked(string path) => _asked.GetValueOrDefault(path);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.TrimStart('/');
        _asked.AddOrUpdate(path, 1, (_, count) => count + 1);
        var now = Interlocked.Increment(ref _underWay);
        InterlockedMax(now);
        try
        {
            if (Misbehaves(path, context))
            {
                return;
            }

            var file = Path.Combine(_folder, path);
            if (!File.Exists(file))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            await context.Response.Body.WriteAsync(await File.ReadAllBytesAsync(file, context.RequestAborted), context.RequestAborted);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private void InterlockedMax(int value)
    {
        int seen;
        while ((seen = _mostUnderWay) < value && Interlocked.CompareExchange(ref _mostUnderWay, value, seen) != seen)
        {
            // Another request was counted in between.
        }
    }
}
