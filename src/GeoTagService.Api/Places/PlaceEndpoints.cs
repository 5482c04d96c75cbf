using System.Runtime.CompilerServices;
using GeoTagService.Api.Catalogue;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Problems;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Answers;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Tags;

namespace GeoTagService.Api.Places;

/// <summary>What is expected to be seen at a place, and where a tag is.</summary>
internal static class PlaceEndpoints
{
    private const int LargeSquares = 100_000;

    private static readonly ConditionalWeakTable<ServingModel, PlaceExpectations> Made = [];

    /// <summary>Maps <c>GET /places</c> and <c>GET /places/map</c>.</summary>
    public static RouteGroupBuilder MapPlaces(this RouteGroupBuilder v1)
    {
        v1.MapGet("/places", Describe).WithName("describePlace").Produces<PlaceResponse>();
        v1.MapGet("/places/map", Map).WithName("mapTag").Produces<TagMapResponse>().Produces(StatusCodes.Status304NotModified);
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

        return PlacesOf(use.Model).Of(location.Position) is { } expected
            ? TypedResults.Json(Answer(use.Model, location.Position, expected), TagJson.Wire.PlaceResponse)
            : new TaggingError(
                TaggingErrorCode.InvalidValue,
                location.Source == LocationSource.GridReference ? "gridReference" : "lat",
                "The place lies outside the British and the Irish grid, which are all that the location encoder knows."
            ).ToResult();
    }

    private static IResult Map(HttpContext context, ModelUse use)
    {
        var draft = new RequestDraft(FieldSet.TagMap);
        if (draft.SetEscaped(context.Request.QueryString.Value) is { } unreadable)
        {
            return unreadable.ToResult();
        }

        var tag = TagCatalog.Find(draft.TagToFind);
        if (!tag.IsSuccess)
        {
            return tag.Error.ToResult();
        }

        return use.Model.Model.LocationEncoder is null
            ? EdgeProblems.NoLocationEncoder(use.Model.Bundle.Manifest.Name).ToResult()
            : KeptAnswer.Of(
                context,
                Answer(use.Model, tag.Value, draft.Square ?? LargeSquares),
                TagJson.Wire.TagMapResponse,
                KeptAnswer.OfTheModel
            );
    }

    private static PlaceExpectations PlacesOf(ServingModel model) => Made.GetValue(model, serving => new PlaceExpectations(serving.Model));

    private static TagMapResponse Answer(ServingModel serving, Tag tag, int edge)
    {
        var encoder = serving.Bundle.Manifest.LocationEncoder!;
        return new TagMapResponse(
            tag.Id,
            tag.Name,
            edge,
            Math.Round(encoder.Shares[tag.HeadRow], 6),
            encoder.Photos,
            encoder.Data,
            [
                .. PlacesOf(serving)
                    .MapOf(tag.HeadRow, edge)
                    .Select(square =>
                    {
                        var centre = square.Square.Centre;
                        return new TagSquare(
                            square.Square.ToString(spaced: false),
                            Math.Round(centre.Latitude, 5),
                            Math.Round(centre.Longitude, 5),
                            Math.Round(square.Share, 5),
                            Math.Round(square.Deviation, 5),
                            square.Photos,
                            square.IsSparse
                        );
                    }),
            ],
            serving.Bundle.ToStamp()
        );
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
