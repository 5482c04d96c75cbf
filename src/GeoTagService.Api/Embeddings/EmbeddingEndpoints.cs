using System.Numerics.Tensors;
using GeoTagService.Api.Batches;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Tagging;
using GeoTagService.Api.Telemetry;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;
using GeoTagService.Core;
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

    private static Task<IResult> EmbedAsync(
        HttpContext context, TagRequestReader reader, PhotoTagger tagger, ServedModel model, TimeProvider time) =>
        TagEndpoints.AnswerAsync(
            context,
            reader,
            tagger,
            time,
            FieldNames.Embedding,
            async (request, input, token) =>
            {
                var form = EmbeddingForm.Bind(request.Fields);
                if (!form.IsSuccess)
                {
                    return form.Error;
                }

                var embedded = await tagger.EmbedAsync(input.Image, input.Title, input.Options.ApplyOrientation, token);
                return embedded.IsSuccess ? new Embedded(embedded.Value, form.Value) : (Outcome<Embedded>)embedded.Error;
            },
            (request, embedded, took) =>
            {
                ServerTiming.Set(context.Response, StageTimings.None, TimeSpan.Zero, took.Total);
                return TypedResults.Ok(new EmbeddingResponse
                {
                    Image = embedded.Form.Write(embedded.Embeddings.Image),
                    Title = embedded.Form.Write(embedded.Embeddings.Title),
                    Dimension = tagger.Model.Encoder.Geometry.EmbeddingDimension,
                    Normalized = embedded.Form.Normalize,
                    Model = model.Stamp,
                    Warnings = [.. request.Warnings.Select(TagResponseMapper.ToNotice)],
                });
            });

    private static async Task<IResult> ScoreAsync(
        HttpContext context, EmbeddingBodyReader reader, BatchReader lines, BatchRunner runner, PhotoTagger tagger, ServedModel model)
    {
        var defaults = BatchEndpoints.ReadDefaults(context.Request);
        if (!defaults.IsSuccess)
        {
            return defaults.Error.ToResult();
        }

        if (RequestBody.KindOf(context.Request) is BodyKind.NdJson or BodyKind.PlainText)
        {
            RequestBody.LiftServerLimit(context);
            await BatchEndpoints.AnswerAsync(
                context, runner, lines.ReadEmbeddedAsync(context.Request.Body, defaults.Value, context.RequestAborted));
            return Results.Empty;
        }

        var reading = await reader.ReadAsync(context);
        if (!reading.IsSuccess)
        {
            return reading.Problem.ToResult();
        }

        if (reading.Value.Single is { } single)
        {
            using var entry = BatchReader.ToEntry(single, defaults.Value);
            var outcome = tagger.TagFromEmbeddings(entry.Embeddings!, entry.Input);
            return outcome.IsSuccess
                ? TypedResults.Ok(outcome.Value.ToResponse(model.TagIds, model.Stamp, entry.Warnings))
                : outcome.Error.ToResult();
        }

        var answers = new List<BatchLine>(reading.Value.Many.Count);
        var totals = await runner.RunAsync(
            reading.Value.Many.Select(item => BatchReader.ToEntry(item, defaults.Value)).ToAsyncEnumerable(),
            line =>
            {
                answers.Add(line);
                return ValueTask.CompletedTask;
            },
            context.RequestAborted);
        return TypedResults.Ok(new BatchResponse(answers, totals));
    }

    /// <summary>Embeddings, and how they are to be written.</summary>
    private sealed record Embedded(ItemEmbeddings Embeddings, EmbeddingForm Form);

    /// <summary>How embeddings are asked for.</summary>
    private sealed record EmbeddingForm(bool Normalize, EmbeddingEncoding Encoding)
    {
        public static Outcome<EmbeddingForm> Bind(RequestFields fields)
        {
            TaggingError? fault = null;
            var normalize = TagInputBinder.Flag(fields, FieldNames.Normalize, false, ref fault);
            if (fault is not null)
            {
                return fault;
            }

            return fields[FieldNames.Encoding] switch
            {
                null or "numbers" => new EmbeddingForm(normalize, EmbeddingEncoding.Numbers),
                "base64" => new EmbeddingForm(normalize, EmbeddingEncoding.Base64),
                _ => new TaggingError(
                    TaggingErrorCode.InvalidValue, FieldNames.Encoding, "'encoding' is numbers, or base64 (of little-endian float32)."),
            };
        }

        public EmbeddingVector? Write(float[]? raw)
        {
            if (raw is null)
            {
                return null;
            }

            // The tagger may share its vectors with a cache: a copy is normalised, never the vector itself.
            var length = Normalize ? TensorPrimitives.Norm(raw) : 0;
            return new EmbeddingVector(length > 0 ? [.. raw.Select(value => value / length)] : raw, Encoding);
        }
    }
}
