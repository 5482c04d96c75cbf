using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using GeoTagService.Client;
using Microsoft.Extensions.Http.Resilience;

namespace GeoTagService.Cli.Work;

/// <summary>How the worker behaves towards other people's machines.</summary>
/// <param name="Address">The labeller's endpoint, polled and posted to.</param>
/// <param name="Limit">Most rows of a batch.</param>
/// <param name="Worker">Which of the labeller's 32 parts this worker takes.</param>
/// <param name="Downloads">Most photos that are fetched at once.</param>
/// <param name="Pause">Shortest time between two polls.</param>
/// <param name="Retries">How often a request is repeated.</param>
/// <param name="RetryDelay">The first wait; it doubles.</param>
internal sealed record WorkManners(Uri Address, int Limit, int Worker, int Downloads, TimeSpan Pause, int Retries, TimeSpan RetryDelay);

/// <summary>Speaks with the labeller and fetches photos, patiently.</summary>
internal sealed class Labeller : IDisposable
{
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(60);

    private readonly WorkManners _manners;
    private readonly long _maxPhotoBytes;
    private readonly HttpClient _http;

    public Labeller(WorkManners manners, long maxPhotoBytes)
    {
        _manners = manners;
        _maxPhotoBytes = maxPhotoBytes;
        // Every operation may be repeated: a poll and a photo change nothing, and a post says the same again.
        var retries = Retries.Build(new GeoTagClientOptions
        {
            MaxRetries = manners.Retries, RetryDelay = manners.RetryDelay, AttemptTimeout = AttemptTimeout,
        });
        var connections = new SocketsHttpHandler { MaxConnectionsPerServer = manners.Downloads + 2 };
        _http = new HttpClient(new ResilienceHandler(retries) { InnerHandler = connections }) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("geotag", "1"));
    }

    /// <summary>Asks for work.</summary>
    /// <exception cref="HttpRequestException">The labeller does not answer.</exception>
    /// <exception cref="JsonException">It answers something else.</exception>
    public async Task<WorkBatch> PollAsync(CancellationToken cancellationToken)
    {
        var query = $"limit={_manners.Limit}&unique_number={_manners.Worker}";
        var address = new UriBuilder(_manners.Address);
        address.Query = address.Query.Length > 1 ? $"{address.Query[1..]}&{query}" : query;
        using var answer = await SendAsync(HttpMethod.Get, address.Uri, null, cancellationToken).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        return WorkBatch.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Hands in results.</summary>
    /// <returns>Whether they were taken; false when they were refused for good.</returns>
    /// <exception cref="HttpRequestException">The labeller does not answer, or not now.</exception>
    public async Task<bool> PostAsync(byte[] json, CancellationToken cancellationToken)
    {
        using var body = new ByteArrayContent(json);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await SendAsync(HttpMethod.Post, _manners.Address, body, cancellationToken).ConfigureAwait(false);
        if (IsForGood(answer.StatusCode))
        {
            return false;
        }

        answer.EnsureSuccessStatusCode();
        return true;
    }

    /// <summary>Fetches a photo.</summary>
    /// <returns>Its bytes; null and why, when it is not there or too large.</returns>
    /// <exception cref="HttpRequestException">It cannot be had now.</exception>
    public async Task<(byte[]? Photo, string? Why)> FetchAsync(Uri address, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var answer = await SendAsync(HttpMethod.Get, address, null, cancellationToken).ConfigureAwait(false);
            if (IsForGood(answer.StatusCode))
            {
                return (null, $"status {(int)answer.StatusCode}");
            }

            answer.EnsureSuccessStatusCode();
            if (answer.Content.Headers.ContentLength > _maxPhotoBytes)
            {
                return (null, $"more than {_maxPhotoBytes} bytes");
            }

            try
            {
                return await ReadAsync(answer.Content, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception broken) when (broken is IOException or HttpRequestException && attempt < _manners.Retries)
            {
                // The headers came, the body broke off: the retries above did not see that.
                await Task.Delay(_manners.RetryDelay * (1 << Math.Min(attempt, 6)), cancellationToken).ConfigureAwait(false);
            }
            catch (IOException broken)
            {
                throw new HttpRequestException(broken.Message, broken);
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private static bool IsForGood(HttpStatusCode status) =>
        (int)status is >= 400 and < 500 && status is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests);

    private async Task<(byte[]? Photo, string? Why)> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var body = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            using var photo = new MemoryStream();
            var chunk = new byte[1 << 16];
            int read;
            while ((read = await body.ReadAsync(chunk, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (photo.Length + read > _maxPhotoBytes)
                {
                    return (null, $"more than {_maxPhotoBytes} bytes");
                }

                photo.Write(chunk, 0, read);
            }

            return (photo.ToArray(), null);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address) { Content = body };
        return await Retries.SendAsync(_http, request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }
}
