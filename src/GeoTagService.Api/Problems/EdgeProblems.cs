using GeoTagService.Contracts;

namespace GeoTagService.Api.Problems;

/// <summary>The problems that only the HTTP edge knows; those of tagging are in <see cref="TagProblems.From"/>.</summary>
internal static class EdgeProblems
{
    public static TagProblem ApiKeyMissing() => Create(
        401, "api-key-required", "An API key is required", "Send a valid key in the header X-Api-Key.", "X-Api-Key");

    public static TagProblem UploadTimedOut(TimeSpan limit) => Create(
        408, "upload-timeout", "The upload took too long", $"The request was not received within {limit.TotalSeconds:0} s.");

    public static TagProblem FieldTooLarge(string field, long limit) => Create(
        413, "field-too-large", "A field is too large", $"'{field}' has more than {limit:N0} bytes.", field) with
    {
        Limit = limit,
        Unit = "bytes",
    };

    public static TagProblem TooManyItems(int limit) => Create(
        413, "too-many-items", "Too many items", $"One JSON body holds at most {limit:N0} items; send more as NDJSON.", "items") with
    {
        Limit = limit,
        Unit = "items",
    };

    public static TagProblem ImageTooLarge(long limit) => Create(
        413, "image-too-large", "The photo is too large", $"'image' has more than {limit:N0} bytes, the most that is taken.", "image") with
    {
        Limit = limit,
        Unit = "bytes",
    };

    public static TagProblem LineTooLong(long limit) => Create(
        413, "line-too-long", "A line is too long", $"The line has more than {limit:N0} bytes.") with
    {
        Limit = limit,
        Unit = "bytes",
    };

    public static TagProblem BodyTooLarge(long limit) => Create(
        413, "request-too-large", "The request is too large", $"The body has more than {limit:N0} bytes; send more as NDJSON.") with
    {
        Limit = limit,
        Unit = "bytes",
    };

    public static TagProblem UnsupportedContentType(string? contentType, string accepted) => Create(
        415,
        "unsupported-content-type",
        "The request's content type is not supported",
        contentType is null ? $"The request has a body without Content-Type; send {accepted}."
            : $"'{Shorten(contentType)}' is not supported here; send {accepted}.",
        "Content-Type");

    public static TagProblem RateLimited(int retryAfter) => Create(
        429, "rate-limited", "Too many requests", "The rate limit of this service is reached; try again later.") with
    {
        RetryAfter = retryAfter,
    };

    public static TagProblem Internal() => Create(
        500, "internal-error", "Something went wrong in the service", "The fault is ours and has been logged under the trace id.");

    /// <summary>The problem behind a status that the framework answered without a body.</summary>
    public static TagProblem FromStatus(int status) => status switch
    {
        404 => Create(404, "not-found", "There is nothing here", "No operation has this address; /swagger lists them."),
        405 => Create(405, "method-not-allowed", "The method is not allowed here", "The header Allow lists the methods of this address."),
        406 => Create(406, "not-acceptable", "No acceptable form", "The answer cannot be given in a form that Accept allows."),
        408 => Create(408, "upload-timeout", "The upload took too long", "The request was not received in time."),
        413 => Create(413, "request-too-large", "The request is too large", "The request's body is larger than the service takes."),
        415 => Create(415, "unsupported-content-type", "The request's content type is not supported", "The body is of a type that is not read here.", "Content-Type"),
        429 => RateLimited(1),
        >= 500 => Internal() with { Status = status },
        _ => Create(status, "malformed", "The request is not well formed", "The request cannot be read."),
    };

    private static TagProblem Create(int status, string code, string title, string detail, string? field = null) =>
        new(TagProblem.TypePrefix + code, title, status, detail, code, field);

    private static string Shorten(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
