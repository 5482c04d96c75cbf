using System.Numerics.Tensors;
using GeoTagService.Api.Batches;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Tagging;
using GeoTagService.Api.Telemetry;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;
using GeoTagService.Core.Answers;
using GeoTagService.Core.Tagging;

namespace GeoTagService.Api.Embeddings;

/// <summary>Embeddings of photos and titles, and tags from embeddings computed earlier.</summary>
internal static class EmbeddingEndpoints
{
    /// <summary>Maps <c>POST /embeddings</c> and <c>POST /tags/from-embeddings</c>.</summary>
    public static RouteGroupBuilder MapEmbeddings(this RouteGroupBuilder v1)
    {
        v1.MapPost("/embeddings", EmbedAsync).WithName("embed").Produces<EmbeddingResponse>();
        v1.MapPost("/tags/from-embeddings", ScoreAsync).WithName("tagFromEmbeddings").Produces<TagResponse>();
        return v1;
    }

    private static async Task<IResult> EmbedAsync(
        HttpContext context,
        ItemReader reader,
        PhotoTagger tagger,
        ServedModel model,
        TimeProvider time
    )
    {
        var start = time.GetTimestamp();
        var reading = await reader.ReadAsync(context, FieldSet.Embedding);
        if (!reading.IsSuccess)
        {
            return reading.Error.ToResult();
        }

        using var item = reading.Value;
        var outcome = await item.WorkAsync(
            (input, token) => tagger.EmbedAsync(input.Image, input.Title, input.Options.ApplyOrientation, token)
        );
        if (!outcome.IsSuccess)
        {
            return outcome.Error.ToResult();
        }

        ServerTiming.Set(context.Response, StageTimings.None, TimeSpan.Zero, time.GetElapsedTime(start));
        return TypedResults.Ok(
            new EmbeddingResponse
            {
                Image = Write(outcome.Value.Image, item.Draft),
                Title = Write(outcome.Value.Title, item.Draft),
                Dimension = tagger.Model.Encoder.Geometry.EmbeddingDimension,
                Normalized = item.Draft.ToNormalize,
                Model = model.Stamp,
                Warnings = [.. item.Warnings.Select(TagResponseMapper.ToNotice)],
            }
        );
    }

    private static async Task<IResult> ScoreAsync(
        HttpContext context,
        BodyReceiver receiver,
        EmbeddingReader reader,
        BatchReader lines,
        BatchRunner runner,
        PhotoTagger tagger,
        ServedModel model
    )
    {
        var options = BatchEndpoints.ReadOptions(context.Request);
        if (!options.IsSuccess)
        {
            return options.Error.ToResult();
        }

        if (RequestBody.KindOf(context.Request) is BodyKind.NdJson or BodyKind.PlainText)
        {
            await using var body = receiver.OpenOfItems(context);
            await BatchEndpoints.AnswerAsync(
                context,
                body,
                runner,
                lines.ReadAsync(body, FieldSet.Embedded, options.Value, context.RequestAborted)
            );
            return Results.Empty;
        }

        var reading = await reader.ReadAsync(context, options.Value);
        if (!reading.IsSuccess)
        {
            return reading.Error.ToResult();
        }

        using var request = reading.Value;
        if (request.Items is not { } items)
        {
            using var entry = BatchEntry.ToScore(request.Single);
            var outcome = tagger.TagFromEmbeddings(entry.Embeddings!, entry.Input);
            return outcome.IsSuccess
                ? TypedResults.Ok(outcome.Value.ToResponse(model.TagIds, model.Stamp, entry.Warnings, entry.Top))
                : outcome.Error.ToResult();
        }

        await BatchEndpoints.AnswerAtOnceAsync(context, runner, items.Select(BatchEntry.ToScore).ToAsyncEnumerable());
        return Results.Empty;
    }

    /// <summary>A vector as it was asked for.</summary>
    private static EmbeddingVector? Write(float[]? raw, RequestDraft asked)
    {
        if (raw is null)
        {
            return null;
        }

        // The tagger may share its vectors with a cache: a copy is normalised, never the vector itself.
        var length = asked.ToNormalize ? TensorPrimitives.Norm(raw) : 0;
        return new EmbeddingVector(length > 0 ? [.. raw.Select(value => value / length)] : raw, asked.ToEncoding);
    }
}
