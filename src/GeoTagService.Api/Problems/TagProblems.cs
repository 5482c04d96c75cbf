using GeoTagService.Contracts;
using GeoTagService.Core;

namespace GeoTagService.Api.Problems;

/// <summary>From the workshop's faults to HTTP: the one table from codes to statuses.</summary>
internal static class TagProblems
{
    /// <summary>The problem that a tagging error is on the wire.</summary>
    public static TagProblem From(TaggingError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var (status, title) = error.Code switch
        {
            TaggingErrorCode.Malformed => (400, "The request is not well formed"),
            TaggingErrorCode.InvalidText => (400, "The text cannot be read"),
            TaggingErrorCode.ImageTooLarge => (413, "The photo is too large"),
            TaggingErrorCode.UnsupportedMedia => (415, "Not an image format that is read"),
            TaggingErrorCode.InvalidImage => (422, "The photo cannot be decoded"),
            TaggingErrorCode.InvalidValue => (422, "A value is not usable"),
            TaggingErrorCode.MissingInput => (422, "Something needed is missing"),
            TaggingErrorCode.Conflict => (422, "Two values disagree"),
            TaggingErrorCode.ImageNotFetched => (422, "The photo could not be fetched"),
            TaggingErrorCode.FieldTooLarge => (413, "A field is too large"),
            TaggingErrorCode.RequestTooLarge => (413, "The request is too large"),
            TaggingErrorCode.LineTooLong => (413, "A line is too long"),
            TaggingErrorCode.TooManyItems => (413, "Too many items"),
            TaggingErrorCode.TooManyMembers => (413, "Too many members"),
            TaggingErrorCode.TooDeep => (413, "The JSON is nested too deeply"),
            TaggingErrorCode.UnsupportedContentType => (415, "The request's content type is not supported"),
            TaggingErrorCode.UploadTimedOut => (408, "The upload took too long"),
            TaggingErrorCode.UploadTooSlow => (408, "The upload came too slowly"),
            TaggingErrorCode.Overloaded => (503, "The service is busy"),
            TaggingErrorCode.NotReady => (503, "The service is not ready"),
            // Not a 5xx: by those, balancers and alarms take a replica for ill (docs/decisions/back-pressure.md).
            TaggingErrorCode.DeadlineExceeded => (408, "The client's own deadline is over"),
            _ => (500, "The model failed on this item"),
        };

        var code = error.Code.ToName();
        return new TagProblem(
            TagProblem.TypePrefix + code,
            title,
            status,
            error.Detail,
            code,
            error.Field,
            error.Limit?.Value,
            error.Limit?.Unit,
            status == 503 || error.RetryAfter is not null ? ToSeconds(error.RetryAfter) : null
        );
    }

    /// <summary>A time to wait in the whole seconds that <c>Retry-After</c> speaks, at least one.</summary>
    public static int ToSeconds(TimeSpan? wait) => (int)Math.Clamp(Math.Ceiling((wait ?? TimeSpan.FromSeconds(1)).TotalSeconds), 1, 3600);
}
