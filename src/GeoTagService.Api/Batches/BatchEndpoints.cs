using GeoTagService.Api.Problems;
using GeoTagService.Api.Tagging;
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
    public static async Task AnswerAsync(HttpContext context, BatchRunner runner, IAsyncEnumerable<BatchEntry> entries)
    {
        await using var writer = new NdJsonWriter(context);
        await writer.StartAsync();
        var totals = await runner.RunAsync(
            entries, line => writer.WriteAsync(line, TagJson.Wire.BatchLine), context.RequestAborted);
        await writer.WriteAsync(new BatchEnd(totals), TagJson.Wire.BatchEnd);
    }

    /// <summary>Reads the options that the query sets for all items.</summary>
    public static Outcome<TagOptions> ReadDefaults(HttpRequest request)
    {
        var fields = new RequestFields(FieldNames.BatchOptions);
        var error = fields.AddEscaped(request.QueryString.Value);
        if (error is null && fields.Unknown.Count > 0)
        {
            // There is no response that a warning could travel in.
            error = new TaggingError(
                TaggingErrorCode.Malformed,
                fields.Unknown[0],
                $"'{fields.Unknown[0]}' is not an option of a batch; its query takes {string.Join(", ", FieldNames.BatchOptions)}.");
        }

        return error is null ? TagInputBinder.BindOptions(fields) : error;
    }

    private static async Task<IResult> TagManyAsync(
        HttpContext context, BatchReader lines, MultipartBatchReader parts, BatchRunner runner)
    {
        var defaults = ReadDefaults(context.Request);
        if (!defaults.IsSuccess)
        {
            return defaults.Error.ToResult();
        }

        var kind = RequestBody.KindOf(context.Request);
        var boundary = kind == BodyKind.Multipart ? RequestBody.BoundaryOf(context.Request) : null;
        if (kind is not (BodyKind.NdJson or BodyKind.PlainText) && boundary is null)
        {
            return EdgeProblems.UnsupportedContentType(context.Request.ContentType, Accepted).ToResult();
        }

        RequestBody.LiftServerLimit(context);
        var body = context.Request.Body;
        await AnswerAsync(context, runner, boundary is null
            ? lines.ReadItemsAsync(body, defaults.Value, context.RequestAborted)
            : parts.ReadAsync(body, boundary, defaults.Value, context.RequestAborted));
        return Results.Empty;
    }
}
