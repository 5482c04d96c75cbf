using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Telemetry;
using GeoTagService.Core.Heads;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Tagging.Contracts;

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
        return v1;
    }

    /// <summary>Whether the request is refused before its body is read.</summary>
    public static TaggingError? RefusalAtTheDoor(this PhotoTagger tagger, HttpRequest request, RequestClock clock) =>
        tagger.RefusalAtTheDoor(
            request.ContentType is null || request.ContentLength < SmallestPhotoBody ? Modalities.Title : Modalities.Image,
            clock.Timeout);

    private static async Task<IResult> TagAsync(
        HttpContext context, TagRequestReader reader, PhotoTagger tagger, ServedModel model, TimeProvider time)
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

        var reading = await reader.ReadAsync(context, clock, FieldNames.Tagging);
        if (!reading.IsSuccess)
        {
            return reading.Problem.ToResult();
        }

        using var request = reading.Value;
        var read = time.GetElapsedTime(start);
        var outcome = await request.RunAsync(clock, (input, token) => tagger.TagAsync(input, token));
        if (!outcome.IsSuccess)
        {
            return outcome.Error.ToResult();
        }

        ServerTiming.Set(context.Response, outcome.Value.Timings, read, time.GetElapsedTime(start));
        return TypedResults.Ok(outcome.Value.ToResponse(model.TagIds, model.Stamp, request.Warnings));
    }
}
