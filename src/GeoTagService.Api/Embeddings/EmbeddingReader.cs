using GeoTagService.Api.Fields;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Json;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Embeddings;

/// <summary>What a JSON body of embeddings holds, with the memory that it takes. Dispose it when it is answered.</summary>
/// <param name="single">One item; without meaning when there are many.</param>
/// <param name="items">Many items, or null.</param>
/// <param name="upload">Its memory, taken over.</param>
internal sealed class EmbeddedRequest(RequestDraft single, IReadOnlyList<RequestDraft>? items, Upload upload) : IDisposable
{
    /// <summary>One item; without meaning when there are many.</summary>
    public RequestDraft Single => single;

    /// <summary>Many items, or null.</summary>
    public IReadOnlyList<RequestDraft>? Items => items;

    /// <inheritdoc/>
    public void Dispose() => upload.Dispose();
}

/// <summary>Reads a JSON body that holds one item with embeddings, or <c>items</c>.</summary>
internal sealed class EmbeddingReader(BodyReceiver receiver, IOptions<EdgeOptions> edge, TimeProvider time)
{
    /// <summary>Room for 4,096 items of two embeddings as numbers.</summary>
    private const int MaxBodyBytes = 64 * 1024 * 1024;

    /// <summary>The vectors of such a body.</summary>
    private const int MaxVectorBytes = MaxBodyBytes / 4;

    private readonly JsonLimits _limits = new(0, edge.Value.MaxFieldBytes, edge.Value.MaxItemsPerJsonBody, MaxBodyBytes);

    /// <summary>Reads a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="query">What its query gave.</param>
    /// <returns>What was read, to be disposed, or what is wrong with it.</returns>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<Outcome<EmbeddedRequest>> ReadAsync(HttpContext context, RequestDraft query)
    {
        if (RequestBody.KindOf(context.Request) != BodyKind.Json)
        {
            return RequestFaults.UnsupportedContentType(context.Request.ContentType, "application/json or application/x-ndjson");
        }

        var ticking = RequestClock.Start(context, time);
        if (!ticking.IsSuccess)
        {
            return ticking.Error;
        }

        using var clock = ticking.Value;
        BodyReceiver.LiftServerLimits(context);
        var tooLarge = RequestFaults.BodyTooLarge(MaxBodyBytes);
        if (BodyEncodings.PlainLength(context.Request) > MaxBodyBytes)
        {
            return tooLarge;
        }

        await using var body = receiver.Open(context, MaxBodyBytes, tooLarge);
        var upload = body.Open(Math.Min(BodyEncodings.PlainLength(context.Request) ?? MaxVectorBytes, MaxVectorBytes));
        Outcome<EmbeddedRequest> read = default;
        try
        {
            return read = await BodyGuard.ReadAsync(context, clock, body, token => ReadAsync(body, query, upload, token));
        }
        finally
        {
            if (read.Value is null)
            {
                upload.Dispose();
            }
        }
    }

    private async ValueTask<Outcome<EmbeddedRequest>> ReadAsync(
        ReceivedBody body,
        RequestDraft query,
        Upload upload,
        CancellationToken cancellationToken
    )
    {
        using var window = new JsonWindow(body, byLine: false);
        var reader = new JsonItemReader(window, FieldSet.Embedded, _limits);
        var read = await reader.ReadOneOrManyAsync(query, upload, cancellationToken);
        return read switch
        {
            { IsSuccess: false } => read.Error,
            { Value.Many: { Count: 0 } } => new TaggingError(TaggingErrorCode.MissingInput, "items", "'items' is empty."),
            _ => new EmbeddedRequest(read.Value.Single, read.Value.Many, upload),
        };
    }
}
