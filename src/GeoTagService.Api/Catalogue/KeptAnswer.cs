using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace GeoTagService.Api.Catalogue;

/// <summary>Answers that a client may keep.</summary>
internal static class KeptAnswer
{
    /// <summary>What can be another once another model serves: kept, but asked about each time.</summary>
    public const string OfTheModel = "private, no-cache";

    /// <summary>An answer; where the client still has it, it is not sent again. The tag is weak, since the answer may go out packed or
    /// not.</summary>
    public static FileContentHttpResult Of<T>(HttpContext context, T value, JsonTypeInfo<T> type, string mayBeKept)
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
