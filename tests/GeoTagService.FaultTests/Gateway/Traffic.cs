using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests.Gateway;

/// <summary>Clients that each send one request after the other and compare every answer with what its item gets alone.</summary>
internal sealed class Traffic : IAsyncDisposable
{
    private readonly HttpClient _client;
    private readonly byte[] _photo = TestImages.Jpeg();
    private readonly CancellationTokenSource _enough = new();
    private readonly ConcurrentQueue<Sent> _sent = new();
    private readonly Dictionary<string, string> _alone = [];
    private Task[] _clients = [];

    private Traffic(Uri address)
    {
        _client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1000 })
        {
            BaseAddress = address,
            Timeout = Eventually.Ceiling,
        };
    }

    /// <summary>What was sent and is answered.</summary>
    public IReadOnlyCollection<Sent> Requests => _sent;

    /// <summary>Those that did not get the right answer.</summary>
    public IReadOnlyList<Sent> Failed => [.. _sent.Where(request => request.Fault is not null)];

    /// <summary>Asks for every item alone, then lets the clients begin.</summary>
    public static async Task<Traffic> StartAsync(Uri address, int clients)
    {
        var traffic = new Traffic(address);
        for (var item = 0; item < 8; item++)
        {
            var title = $"Canal lock {item}";
            traffic._alone[title] = await traffic.AskAsync(title, CancellationToken.None);
        }

        traffic._clients = [.. Enumerable.Range(0, clients).Select(client => Task.Run(() => traffic.SendAsync(client)))];
        return traffic;
    }

    /// <summary>Waits until so many requests more are answered.</summary>
    public Task MoreAsync(int count)
    {
        var goal = _sent.Count + count;
        return Eventually.TrueAsync(() => _sent.Count >= goal);
    }

    /// <summary>Lets the clients get their last answers.</summary>
    public async Task EndAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_clients);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _client.Dispose();
        _enough.Dispose();
    }

    private async Task SendAsync(int client)
    {
        for (var i = client; !_enough.IsCancellationRequested; i++)
        {
            var title = $"Canal lock {i % 8}";
            var began = Stopwatch.GetTimestamp();
            string? fault = null;
            try
            {
                var answer = await AskAsync(title, CancellationToken.None);
                fault = answer == _alone[title] ? null : $"answered {answer}";
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                fault = exception.Message;
            }

            _sent.Enqueue(new Sent(began, Stopwatch.GetTimestamp(), fault));
        }
    }

    /// <summary>The tags and their probabilities, rounded to what a photo's company in a batch may change.</summary>
    private async Task<string> AskAsync(string title, CancellationToken cancellationToken)
    {
        using var photo = new ByteArrayContent(_photo);
        photo.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        using var form = new MultipartFormDataContent { { photo, "image", "a.jpg" }, { new StringContent(title), "title" } };
        using var answer = await _client.PostAsync("v1/tags", form, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{(int)answer.StatusCode}: {text}");
        }

        using var document = JsonDocument.Parse(text);
        return string.Join(
            " ",
            document
                .RootElement.GetProperty("tags")
                .EnumerateArray()
                .Select(tag => $"{tag.GetProperty("id").GetString()}={tag.GetProperty("probability").GetDouble():0.000}")
        );
    }

    /// <summary>One request: when it began and ended, and what was wrong, or null.</summary>
    internal sealed record Sent(long Began, long Ended, string? Fault);
}
