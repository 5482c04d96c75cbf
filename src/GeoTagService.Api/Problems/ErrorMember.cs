namespace GeoTagService.Api.Problems;

/// <summary>Metadata of endpoints whose clients look for a sentence under <c>error</c>: their problem documents have it beside
/// the members of RFC 9457.</summary>
internal sealed class ErrorMember
{
    /// <summary>Name of the member.</summary>
    public const string Name = "error";
}
