using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GeoTagService.Contracts;

namespace GeoTagService.Client;

/// <summary>
/// Sends a batch in pieces, a few at a time, and gives their answers in order. A piece whose answer broke off is asked
/// again for the items that are missing; items that found the service without room are too.
/// </summary>
internal sealed class BatchSender<TItem>(
    HttpClient http,
    Func<HttpContent, HttpRequestMessage> ask,
    JsonTypeInfo<TItem> wire,
    BatchShape shape,
    GeoTagClientOptions options,
    TimeProvider time
)
{
    private const int LongestWaitSeconds = 60;
    private static readonly MediaTypeHeaderValue NdJson = new("application/x-ndjson");

    public async IAsyncEnumerable<BatchLine> SendAsync(
        IAsyncEnumerable<TItem> items,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(items);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var underWay = new Queue<Task<BatchLine[]>>();
        var source = items.GetAsyncEnumerator(stop.Token);
        await using (source.ConfigureAwait(false))
        {
            try
            {
                var (sent, answered, ended) = (0L, 0L, false);
                while (true)
                {
                    while (!ended && underWay.Count < shape.Requests)
                    {
                        var piece = await TakeAsync(source).ConfigureAwait(false);
                        ended = piece.Count < shape.ItemsPerRequest;
                        if (piece.Count > 0)
                        {
                            underWay.Enqueue(AnswerAsync(piece, sent, stop.Token));
                            sent += piece.Count;
                        }
                    }

                    if (underWay.Count == 0)
                    {
                        yield break;
                    }

                    var lines = await underWay.Peek().ConfigureAwait(false);
                    _ = underWay.Dequeue();
                    foreach (var line in lines)
                    {
                        yield return line with
                        {
                            Index = answered++,
                        };
                    }
                }
            }
            finally
            {
                // Whoever stops reading leaves no request behind.
                await stop.CancelAsync().ConfigureAwait(false);
                foreach (var task in underWay)
                {
                    await Task.WhenAny(task).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task<List<TItem>> TakeAsync(IAsyncEnumerator<TItem> source)
    {
        var piece = new List<TItem>(shape.ItemsPerRequest);
        while (piece.Count < shape.ItemsPerRequest && await source.MoveNextAsync().ConfigureAwait(false))
        {
            piece.Add(source.Current);
        }

        return piece;
    }

    private async Task<BatchLine[]> AnswerAsync(List<TItem> piece, long offset, CancellationToken cancellationToken)
    {
        var answers = new BatchLine[piece.Count];
        var left = Enumerable.Range(0, piece.Count).ToList();
        for (var attempt = 0; ; attempt++)
        {
            var fault = await AskAsync(piece, left, answers, cancellationToken).ConfigureAwait(false);
            left = [.. left.Where(position => answers[position] is null or { Error.Status: (int)HttpStatusCode.ServiceUnavailable })];
            if (left.Count == 0)
            {
                return answers;
            }

            if (attempt == options.MaxRetries)
            {
                // Items that were refused have their line; items without one have nothing to show.
                return Array.TrueForAll(answers, line => line is not null)
                    ? answers
                    : throw new HttpRequestException(
                        $"the answer broke off before item {offset + left.First(position => answers[position] is null)}",
                        fault
                    );
            }

            var asked = left.Max(position => answers[position]?.Error?.RetryAfter ?? 0);
            var wait =
                asked > 0 ? TimeSpan.FromSeconds(Math.Min(asked, LongestWaitSeconds)) : options.RetryDelay * (1 << Math.Min(attempt, 6));
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks for the items that are left and puts their answers in place.</summary>
    /// <returns>Why the answer broke off, or null.</returns>
    private async Task<Exception?> AskAsync(List<TItem> piece, List<int> left, BatchLine[] answers, CancellationToken cancellationToken)
    {
        using var request = ask(new Lines(left.ConvertAll(position => piece[position]), wire));
        using var answer = await Retries
            .SendAsync(http, request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
            .ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            var problem = await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            throw new GeoTagProblemException(Answer.ToProblem(answer, problem));
        }

        try
        {
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
            while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } text)
            {
                var read = TryRead(text, out var line);
                if (read && line is null)
                {
                    return null;
                }

                if (!read && await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is null)
                {
                    return new IOException("the last line is cut short");
                }

                if (line is null || line.Index < 0 || line.Index >= left.Count)
                {
                    throw new GeoTagProblemException(Answer.ToProblem(answer, Encoding.UTF8.GetBytes(text)));
                }

                answers[left[(int)line.Index]] = line;
            }

            return null;
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return broken;
        }
    }

    /// <summary>Reads an item's line, or the totals, which end the answer and are null here.</summary>
    private static bool TryRead(string text, out BatchLine? line)
    {
        line = null;
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            line = document.RootElement.TryGetProperty("totals", out _) ? null : document.RootElement.Deserialize(TagJson.Wire.BatchLine);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A piece as NDJSON. It can be written again, which a retry needs.</summary>
    private sealed class Lines : HttpContent
    {
        private readonly List<TItem> _items;
        private readonly JsonTypeInfo<TItem> _wire;

        public Lines(List<TItem> items, JsonTypeInfo<TItem> wire)
        {
            _items = items;
            _wire = wire;
            Headers.ContentType = NdJson;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            foreach (var item in _items)
            {
                await JsonSerializer.SerializeAsync(stream, item, _wire, cancellationToken).ConfigureAwait(false);
                await stream.WriteAsync("\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
