using System.Text.Json;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Tagging;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Embeddings;

/// <summary>What a JSON body of embeddings holds.</summary>
/// <param name="Single">One item, or null when there are many.</param>
/// <param name="Many">Many items, or none.</param>
internal sealed record EmbeddedBody(EmbeddedItem? Single, IReadOnlyList<EmbeddedItem> Many);

/// <summary>Reads a JSON body that holds one item with embeddings, or <c>items</c>.</summary>
internal sealed class EmbeddingBodyReader(UploadBudget budget, IOptions<EdgeOptions> edge, TimeProvider time)
{
    /// <summary>Room for 4,096 items of two embeddings as numbers.</summary>
    private const int MaxBodyBytes = 64 * 1024 * 1024;

    private readonly EdgeOptions _edge = edge.Value;

    /// <summary>Reads a request.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<Reading<EmbeddedBody>> ReadAsync(HttpContext context)
    {
        if (RequestBody.KindOf(context.Request) != BodyKind.Json)
        {
            return EdgeProblems.UnsupportedContentType(context.Request.ContentType, "application/json or application/x-ndjson");
        }

        var ticking = RequestClock.Start(context, time);
        if (!ticking.IsSuccess)
        {
            return ticking.Problem;
        }

        using var clock = ticking.Value;
        RequestBody.LiftServerLimit(context);
        var expected = context.Request.ContentLength ?? MaxBodyBytes;
        if (expected > MaxBodyBytes)
        {
            return EdgeProblems.BodyTooLarge(MaxBodyBytes);
        }

        var share = await budget.TakeAsync(expected, clock.Token);
        if (!share.IsSuccess)
        {
            return share.Error;
        }

        using (share.Value)
        using (var body = new UploadBuffer(MaxBodyBytes, context.Request.ContentLength ?? 0))
        {
            return await BodyGuard.ReadAsync<EmbeddedBody>(context, clock, _edge.UploadTimeout, time, async (source, token) =>
                await body.FillAsync(source, token) ? Parse(body.Memory.Span) : EdgeProblems.BodyTooLarge(MaxBodyBytes));
        }
    }

    private Reading<EmbeddedBody> Parse(ReadOnlySpan<byte> json)
    {
        if (!HoldsItems(json))
        {
            var single = WireJson.Read(json, TagJson.Default.EmbeddedItem);
            return single.IsSuccess ? new EmbeddedBody(single.Value, []) : single.Problem;
        }

        var many = WireJson.Read(json, TagJson.Default.EmbeddedItems);
        if (!many.IsSuccess)
        {
            return many.Problem;
        }

        return many.Value.Items.Count switch
        {
            0 => new TaggingError(TaggingErrorCode.MissingInput, "items", "'items' is empty."),
            var count when count > _edge.MaxItemsPerJsonBody => EdgeProblems.TooManyItems(_edge.MaxItemsPerJsonBody),
            _ => new EmbeddedBody(null, many.Value.Items),
        };
    }

    private static bool HoldsItems(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    if (reader.ValueTextEquals("items"u8))
                    {
                        return true;
                    }

                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            // Reading it for good reports where it is broken.
        }

        return false;
    }
}
