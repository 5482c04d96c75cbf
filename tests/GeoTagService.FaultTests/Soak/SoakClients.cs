using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace GeoTagService.FaultTests.Soak;

/// <summary>Sends the mix and judges every answer.</summary>
internal sealed class SoakClients : IDisposable
{
    /// <summary>What a photo's company in a batch may change of a probability.</summary>
    private const double Tolerance = 2e-3;

    private readonly HttpClient _client;
    private readonly SoakItem[] _round = SoakItem.Round();
    private readonly ConcurrentDictionary<(string Kind, int Variant), double[]> _alone = new();
    private long _next;

    public SoakClients(Uri gateway) =>
        _client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1000 })
        {
            BaseAddress = gateway,
            Timeout = Eventually.Ceiling,
        };

    /// <summary>What was sent and how it ended.</summary>
    public ConcurrentQueue<SoakAnswer> Answers { get; } = new();

    /// <summary>Asks for every item alone, with nobody beside it.</summary>
    public async Task LearnAsync()
    {
        foreach (var kind in SoakItem.Mix.Where(kind => kind.Right.Contains(200) && !kind.Leaves))
        {
            for (var variant = 0; variant < kind.Variants; variant++)
            {
                using var request = kind.Make(variant);
                request.Headers.Remove("X-Request-Timeout");
                using var answer = await _client.SendAsync(request, CancellationToken.None);
                var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
                Assert.True(answer.IsSuccessStatusCode, $"{kind.Name}: {(int)answer.StatusCode} {text}");
                _alone[(kind.Name, variant)] = Numbers(text);
            }
        }
    }

    /// <summary>Some clients, each one request after the other, for a time.</summary>
    /// <returns>Requests answered a second.</returns>
    public async Task<double> ClosedAsync(int clients, TimeSpan duration)
    {
        var before = Answers.Count;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, clients)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (Stopwatch.GetElapsedTime(began) < duration)
                        {
                            await SendAsync();
                        }
                    })
                )
        );
        return (Answers.Count - before) / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Requests at random moments (exponential gaps), whatever becomes of them, until told.</summary>
    /// <returns>When the last is answered.</returns>
    public async Task OpenAsync(double perSecond, int seed, CancellationToken enough)
    {
        var random = new Random(seed);
        var underWay = new ConcurrentDictionary<long, Task>();
        var began = Stopwatch.GetTimestamp();
        var due = 0.0;
        for (var number = 0L; !enough.IsCancellationRequested; number++)
        {
            due -= Math.Log(1 - random.NextDouble()) / perSecond;
            var wait = TimeSpan.FromSeconds(due) - Stopwatch.GetElapsedTime(began);
            if (wait > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(wait, enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            var mine = number;
            underWay[mine] = SendAsync();
            _ = underWay[mine].ContinueWith(_ => underWay.TryRemove(mine, out var _), TaskScheduler.Default);
        }

        await Task.WhenAll(underWay.Values);
    }

    public void Dispose() => _client.Dispose();

    private async Task SendAsync()
    {
        var number = Interlocked.Increment(ref _next);
        var kind = _round[(int)(number % _round.Length)];
        var variant = (int)(number / _round.Length % kind.Variants);
        using var request = kind.Make(variant);
        var began = Stopwatch.GetTimestamp();
        var result = "";
        var isWrong = false;
        try
        {
            using var leaving = new CancellationTokenSource();
            if (kind.Leaves)
            {
                leaving.CancelAfter(TimeSpan.FromMilliseconds(number % 50));
            }

            using var answer = await _client.SendAsync(request, leaving.Token);
            var text = await answer.Content.ReadAsStringAsync(leaving.Token);
            var status = (int)answer.StatusCode;
            result = status is 503 or 429 ? $"{status} {CodeOf(text)}" : $"{status}";
            isWrong = status is not (503 or 429) && (!kind.Right.Contains(status) || (status == 200 && !IsRight(kind, variant, text)));
            if (isWrong)
            {
                result += $" wrong for {kind.Name}: {text[..Math.Min(200, text.Length)]}";
            }
        }
        catch (OperationCanceledException) when (kind.Leaves)
        {
            result = "left";
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            result = $"failed: {exception.GetBaseException().Message}";
        }

        Answers.Enqueue(new SoakAnswer(kind.Name, began, Stopwatch.GetTimestamp(), result, isWrong));
    }

    private bool IsRight(SoakItem kind, int variant, string text)
    {
        if (!_alone.TryGetValue((kind.Name, variant), out var alone))
        {
            return kind.Leaves;
        }

        var numbers = Numbers(text);
        return numbers.Length == alone.Length && numbers.Zip(alone).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance);
    }

    /// <summary>All probabilities or numbers of an embedding in an answer, in its order.</summary>
    private static double[] Numbers(string text)
    {
        var numbers = new List<double>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var document = JsonDocument.Parse(line);
            Collect(document.RootElement, within: false, numbers);
        }

        return [.. numbers];
    }

    private static void Collect(JsonElement element, bool within, List<double> numbers)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    Collect(member.Value, within || member.Name is "probabilities" or "embeddings" or "title" or "image", numbers);
                }

                break;
            case JsonValueKind.Array:
                foreach (var one in element.EnumerateArray())
                {
                    Collect(one, within, numbers);
                }

                break;
            case JsonValueKind.Number when within:
                numbers.Add(element.GetDouble());
                break;
        }
    }

    private static string CodeOf(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.TryGetProperty("code", out var code) ? code.GetString() ?? "" : "without code";
        }
        catch (JsonException)
        {
            return "without code";
        }
    }
}

/// <summary>One request of a soak.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Began">When it was sent.</param>
/// <param name="Ended">When its answer was read.</param>
/// <param name="Result">Its status, with the code of a refusal, or what failed.</param>
/// <param name="IsWrong">Whether the answer is not the one that is right.</param>
internal sealed record SoakAnswer(string Kind, long Began, long Ended, string Result, bool IsWrong)
{
    /// <summary>Whether it was turned away for want of room, which its client may send again.</summary>
    public bool IsRefusal => Result.StartsWith("503 ", StringComparison.Ordinal) || Result.StartsWith("429 ", StringComparison.Ordinal);

    /// <summary>Whether it got no answer.</summary>
    public bool IsLost => Result.StartsWith("failed", StringComparison.Ordinal);

    /// <summary>How long it took, in milliseconds.</summary>
    public double Milliseconds => Stopwatch.GetElapsedTime(Began, Ended).TotalMilliseconds;
}
