using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace GeoTagService.Api.Uploads;

/// <summary>What kind of body a request has.</summary>
internal enum BodyKind
{
    /// <summary>None at all.</summary>
    None,

    /// <summary><c>multipart/form-data</c>.</summary>
    Multipart,

    /// <summary><c>image/*</c>, or <c>application/octet-stream</c>.</summary>
    Photo,

    /// <summary><c>application/x-www-form-urlencoded</c>.</summary>
    UrlEncoded,

    /// <summary><c>application/json</c>.</summary>
    Json,

    /// <summary><c>application/x-ndjson</c> or one of its other names.</summary>
    NdJson,

    /// <summary><c>text/plain</c>: where many lines are expected, NDJSON from a tool that does not know its name.</summary>
    PlainText,

    /// <summary>Something else, or nothing that can be read.</summary>
    Unsupported,
}

/// <summary>Questions about a request's body.</summary>
internal static class RequestBody
{
    /// <summary>RFC 2046's longest boundary.</summary>
    private const int MaxBoundaryLength = 70;

    /// <summary>Tells the kind of body.</summary>
    public static BodyKind KindOf(HttpRequest request)
    {
        if (string.IsNullOrEmpty(request.ContentType))
        {
            return CanHave(request) ? BodyKind.Unsupported : BodyKind.None;
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
        {
            return BodyKind.Unsupported;
        }

        return type.MediaType.Value!.ToLowerInvariant() switch
        {
            "multipart/form-data" => BodyKind.Multipart,
            "application/octet-stream" => BodyKind.Photo,
            "application/x-www-form-urlencoded" => BodyKind.UrlEncoded,
            "application/json" or "text/json" => BodyKind.Json,
            "application/x-ndjson" or "application/ndjson" or "application/jsonl" or "application/x-jsonlines" or "application/jsonlines" =>
                BodyKind.NdJson,
            "text/plain" => BodyKind.PlainText,
            var other when other.StartsWith("image/", StringComparison.Ordinal) => BodyKind.Photo,
            _ => BodyKind.Unsupported,
        };
    }

    /// <summary>The boundary of a multipart body, or null when the header does not hold a usable one.</summary>
    public static string? BoundaryOf(HttpRequest request)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(request.ContentType).Boundary).Value;
        return boundary is { Length: > 0 and <= MaxBoundaryLength } ? boundary : null;
    }

    /// <summary>Whether a request has a body, as far as its head tells.</summary>
    public static bool CanHave(HttpRequest request) =>
        request.ContentLength is > 0
        || (request.ContentLength is null && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true);
}
