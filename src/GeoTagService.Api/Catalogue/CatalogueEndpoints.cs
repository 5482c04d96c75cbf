using GeoTagService.Contracts;

namespace GeoTagService.Api.Catalogue;

/// <summary>What the service knows and what serves.</summary>
internal static class CatalogueEndpoints
{
    /// <summary>Maps <c>GET /tags</c> and <c>GET /model</c>.</summary>
    public static RouteGroupBuilder MapCatalogue(this RouteGroupBuilder v1)
    {
        v1.MapGet("/tags", (ModelDescription description) => TypedResults.Ok(description.Catalogue))
            .WithName("listTags").Produces<TagCatalogueResponse>();
        v1.MapGet("/model", (ModelDescription description) => TypedResults.Ok(description.Model))
            .WithName("getModel").Produces<ModelResponse>();
        return v1;
    }
}
