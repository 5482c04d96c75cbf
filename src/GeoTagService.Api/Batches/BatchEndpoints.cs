using System.Text.Json;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;
using GeoTagService.Core;

namespace GeoTagService.Api.Batches;

/// <summary>Tags for many items in one request.</summary>
internal static class BatchEndpoints
{
    private const string Accepted = "application/x-ndjson or multipart/form-data";

    /// <summary>Maps <c>POST /tags/batch</c>.</summary>
    public static RouteGroupBuilder MapBatches(this RouteGroupBuilder v1)
    {
        v1.MapPost("/tags/batch", TagManyAsync).WithName("tagBatch").Produces<BatchLine>(contentType: NdJsonWriter.ContentType);
        return v1;
    }

    /// <summary>Answers a batch line by line and ends it with its totals.</summary>
    public static async Task AnswerAsync(HttpContext context, ReceivedBody body, BatchRunner runner, IAsyncEnumerable<BatchEntry> entries)
    {
        await using var interruption = context.RequestAborted.Register(static body => ((ReceivedBody)body!).Interrupt(), body);
        await using var writer = new NdJsonWriter(context);
        await writer.StartAsync();
        var totals = await runner.RunAsync(context, entries, line => writer.WriteAsync(line, TagJson.Wire.BatchLine));
        await writer.WriteAsync(new BatchEnd(totals), TagJson.Wire.BatchEnd);
    }

    /// <summary>Answers many items in one JSON document (<see cref="BatchResponse"/>), written as they are done: nothing is collected.
    /// </summary>
    public static async Task AnswerAtOnceAsync(HttpContext context, BatchRunner runner, IAsyncEnumerable<BatchEntry> entries)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(
            context.Response.BodyWriter,
            new JsonWriterOptions { Encoder = TagJson.Wire.Options.Encoder }
        );
        json.WriteStartObject();
        json.WriteStartArray("items"u8);
        var totals = await runner.RunAsync(context, entries, WriteAsync);
        json.WriteEndArray();
        json.WritePropertyName("totals"u8);
        JsonSerializer.Serialize(json, totals, TagJson.Wire.BatchTotals);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);

        async ValueTask WriteAsync(BatchLine line)
        {
            JsonSerializer.Serialize(json, line, TagJson.Wire.BatchLine);
            await json.FlushAsync(context.RequestAborted);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }

    /// <summary>Reads the options that the query sets for all items.</summary>
    public static Outcome<RequestDraft> ReadOptions(HttpRequest request)
    {
        var options = new RequestDraft(FieldSet.BatchOptions);
        if (options.SetEscaped(request.QueryString.Value) is { } error)
        {
            return error;
        }

        // There is no response that a warning could travel in.
        return options.Unknown is [var unknown, ..]
            ? new TaggingError(
                TaggingErrorCode.Malformed,
                unknown,
                $"'{unknown}' is not an option of a batch; its query takes {string.Join(", ", FieldSet.BatchOptions.TextNames)}."
            )
            : options;
    }

    private static async Task<IResult> TagManyAsync(
        HttpContext context,
        BodyReceiver receiver,
        BatchReader lines,
        MultipartBatchReader parts,
        BatchRunner runner
    )
    {
        var options = ReadOptions(context.Request);
        if (!options.IsSuccess)
        {
            return options.Error.ToResult();
        }

        var kind = RequestBody.KindOf(context.Request);
        var boundary = kind == BodyKind.Multipart ? RequestBody.BoundaryOf(context.Request) : null;
        if (kind is not (BodyKind.NdJson or BodyKind.PlainText) && boundary is null)
        {
            return RequestFaults.UnsupportedContentType(context.Request.ContentType, Accepted).ToResult();
        }

        await using var body = receiver.OpenOfItems(context);
        await AnswerAsync(
            context,
            body,
            runner,
            boundary is null
                ? lines.ReadAsync(body, FieldSet.Tagging, options.Value, context.RequestAborted)
                : parts.ReadAsync(body, boundary, options.Value, context.RequestAborted)
        );
        return Results.Empty;
    }
}
