namespace GeoTagService.Contracts;

/// <summary>An error as the wire carries it (RFC 9457): the body of a refused request, and the <c>error</c> of a batch's
/// item.</summary>
/// <param name="Type">URI of the kind of problem: <c>urn:geotag:problem:</c> and the code.</param>
/// <param name="Title">The kind of problem in a few words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What was wrong with this request, for people.</param>
/// <param name="Code">Stable identifier: <c>invalid-image</c>, <c>image-too-large</c>, …</param>
/// <param name="Field">The field to blame, when it is one.</param>
/// <param name="Limit">The limit that was passed, when the problem is a number beyond one.</param>
/// <param name="Unit">Unit of the limit: <c>bytes</c>, <c>pixels</c>, <c>items</c>, <c>degrees</c>, <c>probability</c>.</param>
/// <param name="RetryAfter">Whole seconds to wait before trying again, when that helps.</param>
/// <param name="Instance">Path of the request; absent in a batch's item.</param>
/// <param name="TraceId">The trace under which the service logged the request; absent in a batch's item.</param>
/// <param name="RequestId">The request's id, as <c>X-Request-Id</c> of the answer and the log have it; absent in a batch's
/// item.</param>
public sealed record TagProblem(
    string Type,
    string Title,
    int Status,
    string Detail,
    string Code,
    string? Field = null,
    long? Limit = null,
    string? Unit = null,
    int? RetryAfter = null,
    string? Instance = null,
    string? TraceId = null,
    string? RequestId = null
)
{
    /// <summary>What every problem's type starts with.</summary>
    public const string TypePrefix = "urn:geotag:problem:";
}
