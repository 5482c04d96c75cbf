using GeoTagService.Api.Access;
using GeoTagService.Api.Fields;
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
        v1.MapPost("/tags/evidence", FindEvidenceAsync)
            .WithName("findEvidence")
            .Produces<EvidenceResponse>()
            .WithMetadata(new RequestCost(PhotoTagger.PhotosOfEvidence));
        return v1;
    }

    /// <summary>Whether the request is refused before its body is read.</summary>
    public static TaggingError? RefusalAtTheDoor(this PhotoTagger tagger, HttpContext context, RequestClock clock)
    {
        var request = context.Request;
        var refusal = tagger.RefusalAtTheDoor(
            request.ContentType is null || request.ContentLength < SmallestPhotoBody ? Modalities.Title : Modalities.Image,
            clock.Timeout,
            Operations.CostOf(context)
        );
        if (refusal is not null)
        {
            tagger.CountRefusal(refusal);
        }

        return refusal;
    }

    private static async Task<IResult> TagAsync(
        HttpContext context,
        ItemReader reader,
        PhotoTagger tagger,
        ServedModel model,
        TimeProvider time
    )
    {
        var start = time.GetTimestamp();
        var reading = await reader.ReadAsync(context, FieldSet.Tagging);
        if (!reading.IsSuccess)
        {
            return reading.Error.ToResult();
        }

        using var item = reading.Value;
        var outcome = await item.WorkAsync(tagger.TagAsync);
        if (!outcome.IsSuccess)
        {
            return outcome.Error.ToResult();
        }

        ServerTiming.Set(context.Response, outcome.Value.Timings, item.ReadTime, time.GetElapsedTime(start));
        return TypedResults.Ok(outcome.Value.ToResponse(model.TagIds, model.Stamp, item.Warnings, item.Draft.ToTop));
    }

    private static async Task<IResult> FindEvidenceAsync(HttpContext context, ItemReader reader, PhotoTagger tagger, ServedModel model)
    {
        var reading = await reader.ReadAsync(context, FieldSet.Evidence);
        if (!reading.IsSuccess)
        {
            return reading.Error.ToResult();
        }

        using var item = reading.Value;
        var outcome = await item.WorkAsync((input, token) => tagger.FindEvidenceAsync(input, item.Draft.TagToFind, token));
        return outcome.IsSuccess ? TypedResults.Ok(outcome.Value.ToResponse(model.Stamp)) : outcome.Error.ToResult();
    }
}
