using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Cli.Tests.Work;

/// <summary>
/// A labeller and its photo host on this machine, that misbehave as told. As the real one does, it hands out rows that have
/// no labels yet, from an offset and up to a limit, says nothing when there are none, stores a post as one transaction and
/// answers one line <c>id: affected</c> a row.
/// </summary>
internal sealed class UnrulyLabeller : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly WebApplication _server;
    private readonly SortedDictionary<long, (string Path, string? Title)> _queue = [];
    private readonly Dictionary<(long Id, string Label), double> _labels = [];
    private readonly Dictionary<(long Id, string Type), byte[]> _embeddings = [];
    private int _photosUnderWay;
    private int _underWay;

    public UnrulyLabeller()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = null);
        _server = builder.Build();
        _server.Run(AnswerAsync);
        _server.Start();
        Root = _server.Urls.First() + "/";
    }

    public string Root { get; }

    public string Address => Root + "labeler.json.php?model=clip";

    /// <summary>What polls answer before the queue is looked at, one after the other.</summary>
    public ConcurrentQueue<(int Status, string Body)> Polls { get; } = new();

    /// <summary>Photos by path.</summary>
    public ConcurrentDictionary<string, byte[]> Photos { get; } = new();

    /// <summary>Statuses that a path answers before it gives its photo.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<int>> Faults { get; } = new();

    /// <summary>Statuses that posts get before they are taken.</summary>
    public ConcurrentQueue<int> PostFaults { get; } = new();

    /// <summary>Bodies that posts get with status 200, and are not taken.</summary>
    public ConcurrentQueue<string> PostLies { get; } = new();

    /// <summary>Photos of which no label and no embedding is ever taken.</summary>
    public HashSet<long> NeverTaken { get; } = [];

    /// <summary>Looks at each request first; true when it has dealt with it.</summary>
    public Func<HttpContext, Task<bool>>? Chaos { get; set; }

    /// <summary>Posts that were taken.</summary>
    public ConcurrentQueue<JsonElement> Posts { get; } = new();

    public ConcurrentQueue<string> PollQueries { get; } = new();

    public ConcurrentQueue<string> UserAgents { get; } = new();

    /// <summary>Most photos that were asked for at once.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>How many photos were asked for.</summary>
    public int PhotoRequests;

    public IEnumerable<(long Id, string Label, double Score)> Labels
    {
        get
        {
            lock (_lock)
            {
                return [.. _labels.Select(stored => (stored.Key.Id, stored.Key.Label, stored.Value))];
            }
        }
    }

    public IEnumerable<(long Id, string Type, byte[] Bytes)> Embeddings
    {
        get
        {
            lock (_lock)
            {
                return [.. _embeddings.Select(stored => (stored.Key.Id, stored.Key.Type, stored.Value))];
            }
        }
    }

    /// <summary>Answers the next poll with these rows.</summary>
    public void HandOut(params (long Id, string Path, string Title)[] rows) =>
        Polls.Enqueue((200, BatchOf(rows.Select(row => (row.Id, row.Path, (string?)row.Title)))));

    /// <summary>Takes photos into the queue; polls hand out what has no labels.</summary>
    public void Enqueue(params (long Id, string Path, string? Title)[] rows)
    {
        lock (_lock)
        {
            foreach (var (id, path, title) in rows)
            {
                _queue[id] = (path, title);
            }
        }
    }

    /// <summary>Waits until nothing is under way: what a killed worker had sent is then answered.</summary>
    public async Task SettledAsync()
    {
        while (Volatile.Read(ref _underWay) > 0)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Stores a post; the answer of the real labeller.</summary>
    public string Store(string json)
    {
        var post = JsonElement.Parse(json);
        var answer = new StringBuilder();
        lock (_lock)
        {
            foreach (var row in post.EnumerateArray())
            {
                var id = row.GetProperty("image_id").GetInt64();
                var affected = NeverTaken.Contains(id) ? -1 : 1;
                if (affected > 0 && row.TryGetProperty("label", out var label))
                {
                    affected = _labels.TryAdd((id, label.GetString()!), row.GetProperty("score").GetDouble()) ? 1 : 2;
                }
                else if (affected > 0)
                {
                    affected = _embeddings.TryAdd(
                        (id, row.GetProperty("type").GetString()!),
                        row.GetProperty("embeddings").GetBytesFromBase64()
                    )
                        ? 1
                        : 2;
                }

                answer.Append(CultureInfo.InvariantCulture, $"{id}: {affected}\n");
            }
        }

        Posts.Enqueue(post);
        return answer.ToString();
    }

    /// <summary>The answer to a poll.</summary>
    public string NextBatch(IQueryCollection query)
    {
        var limit = int.Parse(query["limit"]!, CultureInfo.InvariantCulture);
        var offset = query.TryGetValue("offset", out var given) ? int.Parse(given!, CultureInfo.InvariantCulture) : 0;
        lock (_lock)
        {
            var labelled = _labels.Keys.Select(key => key.Id).ToHashSet();
            var rows = _queue
                .Where(row => !labelled.Contains(row.Key))
                .Skip(offset)
                .Take(limit)
                .Select(row => (row.Key, row.Value.Path, row.Value.Title))
                .ToList();
            return rows.Count == 0 ? "" : BatchOf(rows);
        }
    }

    /// <summary>Photo's name when a request is for one.</summary>
    public static string? PhotoOf(HttpRequest request) =>
        request.Path.StartsWithSegments("/photos", out var name) ? name.Value![1..] : null;

    public static async Task Answer(HttpContext context, int status, string body, string mediaType = "text/html")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = mediaType;
        await context.Response.WriteAsync(body);
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private string BatchOf(IEnumerable<(long Id, string Path, string? Title)> rows) =>
        JsonSerializer.Serialize(
            new
            {
                prefix = Root + "photos/",
                sleep = 0,
                rows = rows.Select(row => new
                {
                    gridimage_id = $"{row.Id}",
                    fullpath = row.Path,
                    title = row.Title,
                    realname = "A. Photographer",
                    licence = "CC BY-SA 2.0",
                }),
            }
        );

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            UserAgents.Enqueue(context.Request.Headers.UserAgent.ToString());
            if (Chaos is null || !await Chaos(context))
            {
                await AnswerWellAsync(context);
            }
        }
        catch (Exception left) when (left is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // The worker was killed in the middle of its request.
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task AnswerWellAsync(HttpContext context)
    {
        if (PhotoOf(context.Request) is { } name)
        {
            var now = Interlocked.Increment(ref _photosUnderWay);
            Interlocked.Increment(ref PhotoRequests);
            MostAtOnce = Math.Max(MostAtOnce, now);
            await Task.Yield();
            var (status, photo) =
                Faults.TryGetValue(name, out var faults) && faults.TryDequeue(out var fault) ? (fault, [])
                : Photos.TryGetValue(name, out var there) ? (200, there)
                : (404, []);
            Interlocked.Decrement(ref _photosUnderWay);
            context.Response.StatusCode = status;
            context.Response.ContentLength = photo.Length;
            await context.Response.Body.WriteAsync(photo);
        }
        else if (HttpMethods.IsPost(context.Request.Method))
        {
            using var reader = new StreamReader(context.Request.Body);
            var text = await reader.ReadToEndAsync();
            var (status, answer) =
                PostFaults.TryDequeue(out var fault) ? (fault, "")
                : PostLies.TryDequeue(out var lie) ? (200, lie)
                : (200, Store(text));
            await Answer(context, status, answer);
        }
        else
        {
            PollQueries.Enqueue(context.Request.QueryString.Value!);
            var (status, answer) = Polls.TryDequeue(out var next) ? next : (200, NextBatch(context.Request.Query));
            await Answer(context, status, answer);
        }
    }
}
