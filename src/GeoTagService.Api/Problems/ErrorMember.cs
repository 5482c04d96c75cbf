namespace GeoTagService.Api.Problems;

/// <summary>Addresses whose clients look for a sentence under <c>error</c>: their problem documents have it beside the members of
/// RFC 9457, also where no operation answers.</summary>
internal static class ErrorMember
{
    /// <summary>Name of the member.</summary>
    public const string Name = "error";

    /// <summary>Where the Open Inference Protocol begins.</summary>
    public const string Root = "/v2";

    /// <summary>Whether a request is for one of them. By its path: an operation that is not served has no endpoint to ask.</summary>
    public static bool IsWanted(HttpRequest request) => request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase);
}
