using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Work;

/// <summary>A labeller and its photo server on this machine, that misbehaves as told.</summary>
internal sealed class UnrulyLabeller : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;
    private int _photosUnderWay;
    private int _underWay;

    public UnrulyLabeller()
    {
        Root = $"http://127.0.0.1:{LocalMachine.FreePort()}/";
        _listener.Prefixes.Add(Root);
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public string Root { get; }

    public string Address => Root + "labeler.json.php?model=clip";

    /// <summary>What polls answer, one after the other; then an empty batch.</summary>
    public ConcurrentQueue<(int Status, string Body)> Polls { get; } = new();

    /// <summary>Photos by path.</summary>
    public ConcurrentDictionary<string, byte[]> Photos { get; } = new();

    /// <summary>Statuses that a path answers before it gives its photo.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<int>> Faults { get; } = new();

    /// <summary>Statuses that posts get before they are taken.</summary>
    public ConcurrentQueue<int> PostFaults { get; } = new();

    /// <summary>Posts that were taken.</summary>
    public ConcurrentQueue<JsonElement> Posts { get; } = new();

    public ConcurrentQueue<string> PollQueries { get; } = new();

    /// <summary>Most photos that were asked for at once.</summary>
    public int MostAtOnce { get; private set; }

    public IEnumerable<(long Id, string Label, double Score)> Labels =>
        from post in Posts
        from row in post.EnumerateArray()
        where row.TryGetProperty("label", out _)
        select (row.GetProperty("image_id").GetInt64(), row.GetProperty("label").GetString()!, row.GetProperty("score").GetDouble());

    public IEnumerable<(long Id, string Type, byte[] Bytes)> Embeddings =>
        from post in Posts
        from row in post.EnumerateArray()
        where row.TryGetProperty("embeddings", out _)
        select (row.GetProperty("image_id").GetInt64(), row.GetProperty("type").GetString()!, row.GetProperty("embeddings").GetBytesFromBase64());

    public void HandOut(params (long Id, string Path, string Title)[] rows) => Polls.Enqueue((200, JsonSerializer.Serialize(new
    {
        prefix = Root + "photos/",
        sleep = 0,
        rows = rows.Select(row => new { gridimage_id = $"{row.Id}", fullpath = row.Path, title = row.Title, realname = "A. Photographer", licence = "CC BY-SA 2.0" }),
    })));

    /// <summary>Waits until nothing is under way: what a killed worker had sent is then answered.</summary>
    public async Task SettledAsync()
    {
        while (Volatile.Read(ref _underWay) > 0)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        var answering = new List<Task>();
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception ended) when (ended is HttpListenerException or InvalidOperationException)
            {
                await Task.WhenAll(answering);
                return;
            }

            Interlocked.Increment(ref _underWay);
            answering.Add(Task.Run(async () =>
            {
                try
                {
                    await AnswerAsync(context);
                }
                catch (Exception left) when (left is HttpListenerException or IOException or ObjectDisposedException)
                {
                    // The worker was killed in the middle of its request.
                }
                finally
                {
                    Interlocked.Decrement(ref _underWay);
                }
            }));
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var (status, body) = (200, Array.Empty<byte>());
        var path = context.Request.Url!.AbsolutePath;
        if (path.StartsWith("/photos/", StringComparison.Ordinal))
        {
            var now = Interlocked.Increment(ref _photosUnderWay);
            MostAtOnce = Math.Max(MostAtOnce, now);
            await Task.Yield();
            var name = path["/photos/".Length..];
            (status, body) = Faults.TryGetValue(name, out var faults) && faults.TryDequeue(out var fault) ? (fault, [])
                : Photos.TryGetValue(name, out var photo) ? (200, photo)
                : (404, []);
            Interlocked.Decrement(ref _photosUnderWay);
        }
        else if (context.Request.HttpMethod == "POST")
        {
            using var reader = new StreamReader(context.Request.InputStream);
            var text = await reader.ReadToEndAsync();
            if (PostFaults.TryDequeue(out var fault))
            {
                status = fault;
            }
            else
            {
                Posts.Enqueue(JsonElement.Parse(text));
            }
        }
        else
        {
            PollQueries.Enqueue(context.Request.Url.Query);
            (status, var answer) = Polls.TryDequeue(out var next) ? next : (200, """{"rows":[],"sleep":0}""");
            body = Encoding.UTF8.GetBytes(answer);
        }

        context.Response.StatusCode = status;
        context.Response.ContentLength64 = body.Length;
        await context.Response.OutputStream.WriteAsync(body);
        context.Response.Close();
    }
}
