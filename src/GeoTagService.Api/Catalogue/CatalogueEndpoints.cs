using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GeoTagService.Contracts;
using GeoTagService.Core.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace GeoTagService.Api.Catalogue;

/// <summary>What the service knows and what serves.</summary>
internal static class CatalogueEndpoints
{
    /// <summary>The tags are fixed in a version of the service; a key may be asked for them, so nobody else keeps them.</summary>
    private const string TagsMayBeKept = "private, max-age=300";

    /// <summary>The model can be another after the next start: kept, but asked about each time.</summary>
    private const string ModelMayBeKept = "private, no-cache";

    /// <summary>Maps <c>GET /tags</c> and <c>GET /model</c>.</summary>
    public static RouteGroupBuilder MapCatalogue(this RouteGroupBuilder v1)
    {
        v1.MapGet(
                "/tags",
                (HttpContext context) => Document(context, ModelDescriptions.Catalogue, TagJson.Wire.TagCatalogueResponse, TagsMayBeKept)
            )
            .WithName("listTags")
            .Produces<TagCatalogueResponse>()
            .Produces(StatusCodes.Status304NotModified);
        v1.MapGet(
                "/model",
                (HttpContext context, ModelUse use, ModelDescriptions descriptions) =>
                    Document(context, descriptions.Of(use.Model), TagJson.Wire.ModelResponse, ModelMayBeKept)
            )
            .WithName("getModel")
            .Produces<ModelResponse>()
            .Produces(StatusCodes.Status304NotModified);
        return v1;
    }

    /// <summary>An answer that a client may keep; one that it still has is not sent again. The tag is weak, since the answer may go
    /// out packed or not.</summary>
    private static FileContentHttpResult Document<T>(HttpContext context, T value, JsonTypeInfo<T> type, string mayBeKept)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, type);
        var tag = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));
        context.Response.Headers.CacheControl = mayBeKept;
        return TypedResults.Bytes(
            bytes,
            "application/json; charset=utf-8",
            entityTag: new EntityTagHeaderValue($"\"{tag}\"", isWeak: true)
        );
    }
}
