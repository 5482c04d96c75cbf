using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Telemetry;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Answers;
using GeoTagService.Core.Tagging;

namespace GeoTagService.Api.Tagging;

/// <summary>Tags for one item.</summary>
internal static class TagEndpoints
{
    /// <summary>A body that is smaller than this holds a title and no photo.</summary>
    private const long SmallestPhotoBody = 2048;

    /// <summary>Maps <c>POST /tags</c>.</summary>
    public static RouteGroupBuilder MapTagging(this RouteGroupBuilder v1)
    {
        v1.MapPost("/tags", TagAsync).WithName("tagPhoto").Produces<TagResponse>();
        v1.MapPost("/tags/evidence", FindEvidenceAsync).WithName("findEvidence").Produces<EvidenceResponse>();
        return v1;
    }

    /// <summary>Whether the request is refused before its body is read.</summary>
    public static TaggingError? RefusalAtTheDoor(this PhotoTagger tagger, HttpRequest request, RequestClock clock)
    {
        var refusal = tagger.RefusalAtTheDoor(
            request.ContentType is null || request.ContentLength < SmallestPhotoBody ? Modalities.Title : Modalities.Image,
            clock.Timeout);
        if (refusal is not null)
        {
            tagger.CountRefusal(refusal);
        }

        return refusal;
    }

    private static Task<IResult> TagAsync(
        HttpContext context, TagRequestReader reader, PhotoTagger tagger, ServedModel model, TimeProvider time) =>
        AnswerAsync(
            context,
            reader,
            tagger,
            time,
            FieldNames.Tagging,
            (_, input, token) => tagger.TagAsync(input, token),
            (request, result, took) =>
            {
                ServerTiming.Set(context.Response, result.Timings, took.Read, took.Total);
                return TypedResults.Ok(result.ToResponse(model.TagIds, model.Stamp, request.Warnings));
            });

    private static Task<IResult> FindEvidenceAsync(
        HttpContext context, TagRequestReader reader, PhotoTagger tagger, TimeProvider time) =>
        AnswerAsync(
            context,
            reader,
            tagger,
            time,
            FieldNames.Evidence,
            (request, input, token) => tagger.FindEvidenceAsync(input, request.Fields[FieldNames.Tag], token),
            (_, evidence, _) => TypedResults.Ok(evidence.ToResponse()));

    /// <summary>The way of one item, whatever is done with it: door, body, workshop, answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="reader">Reads it.</param>
    /// <param name="tagger">Works on it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="fields">The text fields that mean something to the operation.</param>
    /// <param name="work">What the workshop does.</param>
    /// <param name="answer">What is answered; the times are of the reading and of everything so far.</param>
    public static async Task<IResult> AnswerAsync<T>(
        HttpContext context,
        TagRequestReader reader,
        PhotoTagger tagger,
        TimeProvider time,
        IReadOnlyList<string> fields,
        Func<TagRequest, TagInput, CancellationToken, Task<Outcome<T>>> work,
        Func<TagRequest, T, (TimeSpan Read, TimeSpan Total), IResult> answer)
        where T : class
    {
        var start = time.GetTimestamp();
        var ticking = RequestClock.Start(context, time);
        if (!ticking.IsSuccess)
        {
            return ticking.Problem.ToResult();
        }

        using var clock = ticking.Value;
        if (tagger.RefusalAtTheDoor(context.Request, clock) is { } refusal)
        {
            return refusal.ToResult();
        }

        var reading = await reader.ReadAsync(context, clock, fields);
        if (!reading.IsSuccess)
        {
            return reading.Problem.ToResult();
        }

        using var request = reading.Value;
        var read = time.GetElapsedTime(start);
        var outcome = await request.RunAsync(clock, (input, token) => work(request, input, token));
        return outcome.IsSuccess
            ? answer(request, outcome.Value, (read, time.GetElapsedTime(start)))
            : outcome.Error.ToResult();
    }
}
