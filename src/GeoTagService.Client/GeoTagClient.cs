using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GeoTagService.Contracts;
using Microsoft.Extensions.Http.Resilience;

namespace GeoTagService.Client;

/// <summary>
/// A typed client of the service's HTTP API (v1). Safe to use from many threads at once. Requests that met a full queue or
/// a broken connection are repeated, as <see cref="GeoTagClientOptions"/> says; what remains is a
/// <see cref="GeoTagProblemException"/>, or <see cref="HttpRequestException"/> when nobody answered.
/// </summary>
public sealed class GeoTagClient
{
    private const string ApiKeyHeader = "X-Api-Key";

    private readonly HttpClient _http;
    private readonly GeoTagClientOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Creates a client over a connection of the caller's, retries included or not.</summary>
    /// <param name="http">Its base address counts unless the options name one.</param>
    /// <param name="options">How to ask.</param>
    /// <param name="time">The clock that waits go by; null takes the system's.</param>
    public GeoTagClient(HttpClient http, GeoTagClientOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        _http = http;
        _options = options ?? new GeoTagClientOptions();
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Creates a client with its own connections and retries, for programs without dependency injection.</summary>
    /// <param name="baseAddress">Root of the service.</param>
    public static GeoTagClient Create(Uri baseAddress) => Create(new GeoTagClientOptions { BaseAddress = baseAddress });

    /// <summary>Creates a client with its own connections and retries, for programs without dependency injection.</summary>
    /// <param name="options">How to ask; <see cref="GeoTagClientOptions.BaseAddress"/> is needed.</param>
    public static GeoTagClient Create(GeoTagClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.BaseAddress);
        var connections = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        var retries = new ResilienceHandler(Retries.Build(options)) { InnerHandler = connections };
        // A try has its own limit; a batch goes on for as long as it has items.
        return new GeoTagClient(new HttpClient(retries) { Timeout = Timeout.InfiniteTimeSpan }, options);
    }

    /// <summary>Tags one photo, title, or both (<c>POST /v1/tags</c>, as a form).</summary>
    /// <param name="item">The item; its id is not sent.</param>
    /// <param name="cancellationToken">Ends the wait; the service notices and stops.</param>
    /// <exception cref="GeoTagProblemException">The item was refused.</exception>
    public Task<TagResponse> TagAsync(TagItem item, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        // As in JSON, member by member: what an item can say is kept in one place.
        using var members = JsonSerializer.SerializeToDocument(item with { Id = null, Image = null }, TagJson.Wire.TagItem);
        var fields = members
            .RootElement.EnumerateObject()
            .Where(member => member.Value.ValueKind != JsonValueKind.Null)
            .ToDictionary(
                member => member.Name,
                member => member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : member.Value.GetRawText(),
                StringComparer.Ordinal
            );
        return PostFormAsync("v1/tags", item.Image, fields, TagJson.Wire.TagResponse, cancellationToken);
    }

    /// <summary>Tags many items (<c>POST /v1/tags/batch</c>). Items are taken from the source as results are taken from the
    /// answer: whoever reads slowly is not overrun, and no more than the shape's items are in memory.</summary>
    /// <param name="items">The items.</param>
    /// <param name="shape">How they travel; null takes the defaults.</param>
    /// <param name="cancellationToken">Ends the batch.</param>
    /// <returns>One line an item, in their order, with a result or with what was wrong with that item.</returns>
    /// <exception cref="GeoTagProblemException">The service refused the batch as a whole.</exception>
    public IAsyncEnumerable<BatchLine> TagBatchAsync(
        IAsyncEnumerable<TagItem> items,
        BatchShape? shape = null,
        CancellationToken cancellationToken = default
    ) => Batch("v1/tags/batch", TagJson.Wire.TagItem, shape).SendAsync(items, cancellationToken);

    /// <summary>Encodes a photo, a title, or both (<c>POST /v1/embeddings</c>).</summary>
    /// <param name="image">The photo's file, or null.</param>
    /// <param name="title">The title, or null.</param>
    /// <param name="normalize">Whether to divide by the Euclidean length; the heads need raw embeddings.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="GeoTagProblemException">The item was refused.</exception>
    public Task<EmbeddingResponse> EmbedAsync(
        byte[]? image,
        string? title,
        bool normalize = false,
        CancellationToken cancellationToken = default
    ) =>
        PostFormAsync(
            "v1/embeddings",
            image,
            new Dictionary<string, string?>
            {
                ["title"] = title,
                ["normalize"] = normalize ? "true" : null,
                // Every bit of the vector, in a third of the bytes.
                ["encoding"] = "base64",
            },
            TagJson.Wire.EmbeddingResponse,
            cancellationToken
        );

    /// <summary>Tags one item from embeddings computed earlier (<c>POST /v1/tags/from-embeddings</c>).</summary>
    /// <param name="item">The embeddings, raw.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="GeoTagProblemException">The item was refused.</exception>
    public async Task<TagResponse> TagFromEmbeddingsAsync(EmbeddedItem item, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        using var body = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(item, TagJson.Wire.EmbeddedItem));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return await PostAsync("v1/tags/from-embeddings", body, TagJson.Wire.TagResponse, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tags many items from embeddings computed earlier, as <see cref="TagBatchAsync"/> does from photos.</summary>
    /// <param name="items">The items.</param>
    /// <param name="shape">How they travel; null takes the defaults.</param>
    /// <param name="cancellationToken">Ends the batch.</param>
    /// <exception cref="GeoTagProblemException">The service refused the batch as a whole.</exception>
    public IAsyncEnumerable<BatchLine> TagFromEmbeddingsAsync(
        IAsyncEnumerable<EmbeddedItem> items,
        BatchShape? shape = null,
        CancellationToken cancellationToken = default
    ) => Batch("v1/tags/from-embeddings", TagJson.Wire.EmbeddedItem, shape).SendAsync(items, cancellationToken);

    /// <summary>What serves (<c>GET /v1/model</c>).</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ModelResponse> GetModelAsync(CancellationToken cancellationToken = default) =>
        GetAsync("v1/model", TagJson.Wire.ModelResponse, cancellationToken);

    /// <summary>The tags that the model knows (<c>GET /v1/tags</c>).</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TagCatalogueResponse> GetTagsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("v1/tags", TagJson.Wire.TagCatalogueResponse, cancellationToken);

    private HttpRequestMessage Request(HttpMethod method, string path, HttpContent? body)
    {
        var address = _options.BaseAddress is { } root
            ? new Uri(root.AbsoluteUri.EndsWith('/') ? root : new Uri(root.AbsoluteUri + "/"), path)
            : new Uri(path, UriKind.Relative);
        var request = new HttpRequestMessage(method, address) { Content = body };
        if (_options.ApiKey is { } key)
        {
            request.Headers.Add(ApiKeyHeader, key);
        }

        return request;
    }

    private BatchSender<TItem> Batch<TItem>(string path, JsonTypeInfo<TItem> wire, BatchShape? shape) =>
        new(_http, body => Request(HttpMethod.Post, path, body), wire, (shape ?? BatchShape.Default).Checked(), _options, _time);

    private async Task<T> PostFormAsync<T>(
        string path,
        byte[]? image,
        Dictionary<string, string?> fields,
        JsonTypeInfo<T> wire,
        CancellationToken cancellationToken
    )
        where T : class
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
        {
            if (value is not null)
            {
                form.Add(new StringContent(value, Encoding.UTF8), name);
            }
        }

        if (image is not null)
        {
            form.Add(new ByteArrayContent(image), "image", "image");
        }

        return await PostAsync(path, form, wire, cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> PostAsync<T>(string path, HttpContent body, JsonTypeInfo<T> wire, CancellationToken cancellationToken)
        where T : class
    {
        using var request = Request(HttpMethod.Post, path, body);
        return await SendAsync(request, wire, cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> wire, CancellationToken cancellationToken)
        where T : class
    {
        using var request = Request(HttpMethod.Get, path, null);
        return await SendAsync(request, wire, cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> wire, CancellationToken cancellationToken)
        where T : class
    {
        using var answer = await Retries
            .SendAsync(_http, request, HttpCompletionOption.ResponseContentRead, cancellationToken)
            .ConfigureAwait(false);
        var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return answer.IsSuccessStatusCode
            ? Answer.Read(answer, body, wire)
            : throw new GeoTagProblemException(Answer.ToProblem(answer, body));
    }
}
