using GeoTagService.Contracts;
using GeoTagService.Core.Hosting;

namespace GeoTagService.Api.Catalogue;

/// <summary>What the service knows and what serves.</summary>
internal static class CatalogueEndpoints
{
    /// <summary>The tags are fixed in a version of the service; a key may be asked for them, so nobody else keeps them.</summary>
    private const string TagsMayBeKept = "private, max-age=300";

    /// <summary>Maps <c>GET /tags</c> and <c>GET /model</c>.</summary>
    public static RouteGroupBuilder MapCatalogue(this RouteGroupBuilder v1)
    {
        v1.MapGet(
                "/tags",
                (HttpContext context) =>
                    KeptAnswer.Of(context, ModelDescriptions.Catalogue, TagJson.Wire.TagCatalogueResponse, TagsMayBeKept)
            )
            .WithName("listTags")
            .Produces<TagCatalogueResponse>()
            .Produces(StatusCodes.Status304NotModified);
        v1.MapGet(
                "/model",
                (HttpContext context, ModelUse use, ModelDescriptions descriptions) =>
                    KeptAnswer.Of(context, descriptions.Of(use.Model), TagJson.Wire.ModelResponse, KeptAnswer.OfTheModel)
            )
            .WithName("getModel")
            .Produces<ModelResponse>()
            .Produces(StatusCodes.Status304NotModified);
        return v1;
    }
}
