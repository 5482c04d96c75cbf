using System.Runtime.CompilerServices;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Problems;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Answers;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Tags;

namespace GeoTagService.Api.Places;

/// <summary>What is expected to be seen at a place.</summary>
internal static class PlaceEndpoints
{
    private static readonly ConditionalWeakTable<ServingModel, PlaceExpectations> Made = [];

    /// <summary>Maps <c>GET /places</c>.</summary>
    public static RouteGroupBuilder MapPlaces(this RouteGroupBuilder v1)
    {
        v1.MapGet("/places", Describe).WithName("describePlace").Produces<PlaceResponse>();
        return v1;
    }

    private static IResult Describe(HttpContext context, ModelUse use)
    {
        var draft = new RequestDraft(FieldSet.Place);
        if (draft.SetEscaped(context.Request.QueryString.Value) is { } unreadable)
        {
            return unreadable.ToResult();
        }

        var resolved = PlaceExpectations.Locate(
            new TagInput
            {
                Latitude = draft.Lat,
                Longitude = draft.Lon,
                GridReference = draft.GridReference,
            }
        );
        if (!resolved.IsSuccess)
        {
            return resolved.Error.ToResult();
        }

        var location = resolved.Value;

        if (use.Model.Model.LocationEncoder is null)
        {
            return EdgeProblems.NoLocationEncoder(use.Model.Bundle.Manifest.Name).ToResult();
        }

        var places = Made.GetValue(use.Model, serving => new PlaceExpectations(serving.Model));
        return places.Of(location.Position) is { } expected
            ? TypedResults.Json(Answer(use.Model, location.Position, expected), TagJson.Wire.PlaceResponse)
            : new TaggingError(
                TaggingErrorCode.InvalidValue,
                location.Source == LocationSource.GridReference ? "gridReference" : "lat",
                "The place lies outside the British and the Irish grid, which are all that the location encoder knows."
            ).ToResult();
    }

    private static PlaceResponse Answer(ServingModel serving, GeoPosition position, ExpectedPlace expected)
    {
        var encoder = serving.Bundle.Manifest.LocationEncoder!;
        return new PlaceResponse(
            new PlaceLocation(position.Latitude, position.Longitude, expected.Square.ToString(spaced: false)),
            new PlaceData(expected.Photos, encoder.Photos, encoder.Data),
            [
                .. TagCatalog
                    .Tags.Select(tag => new ExpectedTag(
                        tag.Id,
                        tag.Name,
                        Math.Round(expected.Share[tag.HeadRow], 6),
                        Math.Round(expected.Deviation[tag.HeadRow], 6),
                        Math.Round(encoder.Shares[tag.HeadRow], 6)
                    ))
                    .OrderByDescending(tag => tag.Share),
            ],
            expected.Embedding,
            [
                .. expected.Similar.Select(square => new SimilarPlace(
                    square.Square.ToString(spaced: false),
                    Math.Round(square.Centre.Latitude, 5),
                    Math.Round(square.Centre.Longitude, 5),
                    Math.Round(square.Similarity, 4),
                    Math.Round(square.Metres / 1000, 1),
                    square.Photos
                )),
            ],
            serving.Bundle.ToStamp()
        );
    }
}
