using System.Net;
using System.Net.Http.Headers;
using Polly;
using Polly.Retry;

namespace GeoTagService.Bulk.Fetching;

/// <summary>
/// Sends requests patiently: what may pass is tried again, waiting longer each time or as long as the host asks. A redirect
/// is followed with the same method and body, within http(s) and never from https back to http: a post that turns into a
/// get would be answered with 200 and lost. Faults of the network are values.
/// </summary>
internal sealed class PatientHttp : IDisposable
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    /// <summary>Bytes that are read of an answer whose status says that it is none: it is shown to people, not used.</summary>
    private const long MostOfRefusal = 1 << 16;

    private readonly WebManners _manners;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public PatientHttp(WebManners manners, TimeProvider time)
    {
        _manners = manners;
        _time = time;
        var connections = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxConnectionsPerServer = manners.PerHost + 1,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (manners.PublicOnly)
        {
            // A proxy would look names up by itself, out of sight of the rule.
            connections.UseProxy = false;
            connections.ConnectCallback = (context, cancellationToken) =>
                AddressRules.ConnectPubliclyAsync(context.DnsEndPoint, cancellationToken);
        }

        _http = new HttpClient(connections) { Timeout = Timeout.InfiniteTimeSpan };
        manners.Caller.Sign(_http.DefaultRequestHeaders.UserAgent);
        PackedBody.Offer(_http.DefaultRequestHeaders.AcceptEncoding);
    }

    /// <summary>Asks for something.</summary>
    /// <param name="address">An http(s) address.</param>
    /// <param name="maxBytes">Most bytes of the answer.</param>
    /// <param name="isWanted">What else than its status makes an answer worth another try, or null.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<WebAnswer> GetAsync(
        Uri address,
        long maxBytes,
        Func<WebAnswer, WebAnswer>? isWanted,
        CancellationToken cancellationToken
    ) => SendAsync(address, null, maxBytes, isWanted ?? (answer => answer), cancellationToken);

    /// <summary>Hands JSON in.</summary>
    public Task<WebAnswer> PostAsync(Uri address, byte[] json, long maxBytes, CancellationToken cancellationToken) =>
        SendAsync(address, json, maxBytes, answer => answer, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<WebAnswer> SendAsync(
        Uri address,
        byte[]? json,
        long maxBytes,
        Func<WebAnswer, WebAnswer> judge,
        CancellationToken cancellationToken
    )
    {
        async ValueTask<WebAnswer> TryAsync(CancellationToken token) =>
            judge(await TryOnceAsync(address, json, maxBytes, token).ConfigureAwait(false));
        if (_manners.Retries == 0)
        {
            return await TryAsync(cancellationToken).ConfigureAwait(false);
        }

        var retries = new ResiliencePipelineBuilder<WebAnswer> { TimeProvider = _time }
            .AddRetry(
                new RetryStrategyOptions<WebAnswer>
                {
                    MaxRetryAttempts = _manners.Retries,
                    Delay = _manners.RetryDelay,
                    MaxDelay = LongestDelay,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    ShouldHandle = attempt =>
                        ValueTask.FromResult(
                            attempt.Outcome.Result is { MayPass: true } answer && !(answer.RetryAfter > WebManners.LongestPause)
                        ),
                    DelayGenerator = attempt => ValueTask.FromResult(attempt.Outcome.Result?.RetryAfter),
                }
            )
            .Build();
        return await retries.ExecuteAsync(TryAsync, cancellationToken).ConfigureAwait(false);
    }

    private async Task<WebAnswer> TryOnceAsync(Uri address, byte[]? json, long maxBytes, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_manners.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            for (var redirects = 0; ; redirects++)
            {
                using var request = new HttpRequestMessage(json is null ? HttpMethod.Get : HttpMethod.Post, address);
                if (json is not null)
                {
                    request.Content = new ByteArrayContent(json);
                    request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                }

                using var answer = await _http
                    .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token)
                    .ConfigureAwait(false);
                if ((int)answer.StatusCode is not (301 or 302 or 303 or 307 or 308))
                {
                    return await ReadAsync(answer, maxBytes, either.Token).ConfigureAwait(false);
                }

                if (RefusalOf(answer, address, json is not null, redirects) is { } refusal)
                {
                    return new WebAnswer(0, []) { Why = refusal };
                }

                address = new Uri(address, answer.Headers.Location!);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WebAnswer(0, []) { Why = $"no whole answer within {_manners.Timeout.TotalSeconds:0.#} s" };
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or PrivateHostException)
        {
            return new WebAnswer(0, [])
            {
                Why = (fault.InnerException ?? fault).Message.ReplaceLineEndings(" "),
                ForGood = (fault.InnerException ?? fault) is PrivateHostException,
            };
        }
    }

    /// <summary>Why a redirect is not followed, or null.</summary>
    private static string? RefusalOf(HttpResponseMessage answer, Uri from, bool isPost, int redirects)
    {
        var status = (int)answer.StatusCode;
        if (answer.Headers.Location is not { } location || !Uri.TryCreate(from, location, out var target))
        {
            return $"it answers {status} without saying where to";
        }

        return (status, target.Scheme, from.Scheme) switch
        {
            // See other: whatever became of the post, its body would not go along.
            (303, _, _) when isPost => $"it answers 303 to a post and points to {target}",
            _ when redirects >= WebManners.MostRedirects => $"it redirects more than {WebManners.MostRedirects} times",
            (_, "https", _) or (_, "http", "http") => null,
            _ => $"it redirects to {target}, which is not followed",
        };
    }

    /// <summary>Reads on; a body that is not packed as its header says is a fault of the network like any other.</summary>
    private static async Task<int> ReadSomeAsync(Stream body, byte[] chunk, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(chunk, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException)
        {
            throw new IOException($"its answer is not packed as it says: {fault.Message}", fault);
        }
    }

    private async Task<WebAnswer> ReadAsync(HttpResponseMessage answer, long maxBytes, CancellationToken cancellationToken)
    {
        var head = new WebAnswer((int)answer.StatusCode, [])
        {
            MediaType = answer.Content.Headers.ContentType?.MediaType,
            RetryAfter = answer.Headers.RetryAfter switch
            {
                { Delta: { } delta } => delta,
                { Date: { } date } => date - _time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero,
                _ => null,
            },
        };
        var most = answer.IsSuccessStatusCode ? maxBytes : Math.Min(maxBytes, MostOfRefusal);
        var packing = answer.Content.Headers.ContentEncoding;

        // What a body unpacks to is the doing of who packed it, and says nothing of what lies behind its address.
        var tooLarge =
            packing.Count == 0
                ? head with
                {
                    Why = $"it has more than {most} bytes",
                    ForGood = true,
                }
                : head with
                {
                    Why = $"its answer unpacks to more than {most} bytes",
                };
        if (answer.IsSuccessStatusCode && packing.Count == 0 && answer.Content.Headers.ContentLength > most)
        {
            return tooLarge;
        }

        var sent = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        if (PackedBody.Open(sent, packing) is not { } body)
        {
            await sent.DisposeAsync().ConfigureAwait(false);
            return head with { Why = $"its answer is packed by {string.Join(", ", packing)}, which was not asked for" };
        }

        await using (body.ConfigureAwait(false))
        {
            using var kept = new MemoryStream();
            var chunk = new byte[1 << 16];
            int read;
            while ((read = await ReadSomeAsync(body, chunk, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (kept.Length + read > most)
                {
                    return answer.IsSuccessStatusCode ? tooLarge : head with { Body = kept.ToArray() };
                }

                kept.Write(chunk, 0, read);
            }

            return head with
            {
                Body = kept.ToArray(),
            };
        }
    }
}
