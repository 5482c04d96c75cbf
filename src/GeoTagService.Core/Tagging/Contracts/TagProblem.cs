namespace GeoTagService.Core.Tagging.Contracts;

/// <summary>An error as the wire carries it (RFC 9457): the body of a refused request, and the <c>error</c> of a batch's
/// item.</summary>
/// <param name="Type">URI of the kind of problem: <c>urn:geotag:problem:</c> and the code.</param>
/// <param name="Title">The kind of problem in a few words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What was wrong with this request, for people.</param>
/// <param name="Code">Stable identifier: <c>invalid-image</c>, <c>image-too-large</c>, …</param>
/// <param name="Field">The field to blame, when it is one.</param>
/// <param name="Limit">The limit that was passed, when the problem is one of size.</param>
/// <param name="Unit">Unit of the limit: <c>bytes</c>, <c>pixels</c>, <c>items</c>.</param>
/// <param name="RetryAfter">Whole seconds to wait before trying again, when that helps.</param>
/// <param name="Instance">Path of the request; absent in a batch's item.</param>
/// <param name="TraceId">Under which the service logged the request; absent in a batch's item.</param>
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
    string? TraceId = null)
{
    /// <summary>What every problem's type starts with.</summary>
    public const string TypePrefix = "urn:geotag:problem:";

    /// <summary>The problem that a tagging error is on the wire. The one table from faults to codes and statuses.</summary>
    public static TagProblem From(TaggingError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var (status, code, title) = error.Code switch
        {
            TaggingErrorCode.Malformed => (400, "malformed", "The request is not well formed"),
            TaggingErrorCode.InvalidText => (400, "invalid-text", "The text cannot be read"),
            TaggingErrorCode.ImageTooLarge => (413, "image-too-large", "The photo is too large"),
            TaggingErrorCode.UnsupportedMedia => (415, "unsupported-media", "Not an image format that is read"),
            TaggingErrorCode.InvalidImage => (422, "invalid-image", "The photo cannot be decoded"),
            TaggingErrorCode.InvalidValue => (422, "invalid-value", "A value is not usable"),
            TaggingErrorCode.MissingInput => (422, "missing-input", "Something needed is missing"),
            TaggingErrorCode.Conflict => (422, "conflict", "Two values disagree"),
            TaggingErrorCode.Overloaded => (503, "overloaded", "The service is busy"),
            TaggingErrorCode.NotReady => (503, "not-ready", "The service is not ready"),
            _ => (500, "inference-failed", "The model failed on this item"),
        };

        return new TagProblem(
            TypePrefix + code,
            title,
            status,
            error.Detail,
            code,
            error.Field,
            error.Limit?.Value,
            error.Limit?.Unit,
            status == 503 ? ToSeconds(error.RetryAfter) : null);
    }

    /// <summary>A time to wait in the whole seconds that <c>Retry-After</c> speaks, at least one.</summary>
    public static int ToSeconds(TimeSpan? wait) =>
        (int)Math.Clamp(Math.Ceiling((wait ?? TimeSpan.FromSeconds(1)).TotalSeconds), 1, 3600);
}
