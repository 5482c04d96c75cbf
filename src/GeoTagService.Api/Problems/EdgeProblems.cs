using GeoTagService.Contracts;

namespace GeoTagService.Api.Problems;

/// <summary>The problems that only the HTTP edge knows; those of tagging are in <see cref="TagProblems.From"/>.</summary>
internal static class EdgeProblems
{
    public static TagProblem ApiKeyMissing() =>
        Create(
            401,
            "api-key-required",
            "An API key is required",
            "Send a valid key in the header X-Api-Key, or as Authorization: Bearer.",
            "X-Api-Key"
        );

    public static TagProblem RateLimited(int retryAfter) =>
        Create(429, "rate-limited", "Too many requests", "The rate limit of this service is reached; try again later.") with
        {
            RetryAfter = retryAfter,
        };

    public static TagProblem NoLocationEncoder(string bundle) =>
        Create(
            404,
            "no-location-encoder",
            "The model has no location encoder",
            $"The bundle {bundle} knows nothing of places; 'geotag places train --bundle-output DIR' makes one that does."
        );

    public static TagProblem Internal() =>
        Create(500, "internal-error", "Something went wrong in the service", "The fault is ours and has been logged under the trace id.");

    /// <summary>The problem behind a status that the framework answered without a body.</summary>
    public static TagProblem FromStatus(int status) =>
        status switch
        {
            404 => Create(404, "not-found", "There is nothing here", "No operation has this address; /swagger lists them."),
            405 => Create(
                405,
                "method-not-allowed",
                "The method is not allowed here",
                "The header Allow lists the methods of this address."
            ),
            406 => Create(406, "not-acceptable", "No acceptable form", "The answer cannot be given in a form that Accept allows."),
            408 => Create(408, "upload-timeout", "The upload took too long", "The request was not received in time."),
            413 => Create(413, "request-too-large", "The request is too large", "The request's body is larger than the service takes."),
            415 => Create(
                415,
                "unsupported-content-type",
                "The request's content type is not supported",
                "The body is of a type that is not read here.",
                "Content-Type"
            ),
            429 => RateLimited(1),
            >= 500 => Internal() with { Status = status },
            _ => Create(status, "malformed", "The request is not well formed", "The request cannot be read."),
        };

    private static TagProblem Create(int status, string code, string title, string detail, string? field = null) =>
        new(TagProblem.TypePrefix + code, title, status, detail, code, field);
}
