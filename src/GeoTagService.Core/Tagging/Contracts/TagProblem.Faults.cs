namespace GeoTagService.Core.Tagging.Contracts;

// Beside the record, because the client library compiles the record's file and knows no tagging errors.
public sealed partial record TagProblem
{
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
            TaggingErrorCode.FieldTooLarge => (413, "field-too-large", "A field is too large"),
            TaggingErrorCode.RequestTooLarge => (413, "request-too-large", "The request is too large"),
            TaggingErrorCode.LineTooLong => (413, "line-too-long", "A line is too long"),
            TaggingErrorCode.TooManyItems => (413, "too-many-items", "Too many items"),
            TaggingErrorCode.TooManyMembers => (413, "too-many-members", "Too many members"),
            TaggingErrorCode.TooDeep => (413, "too-deep", "The JSON is nested too deeply"),
            TaggingErrorCode.UnsupportedContentType => (415, "unsupported-content-type", "The request's content type is not supported"),
            TaggingErrorCode.UploadTimedOut => (408, "upload-timeout", "The upload took too long"),
            TaggingErrorCode.UploadTooSlow => (408, "upload-too-slow", "The upload came too slowly"),
            TaggingErrorCode.Overloaded => (503, "overloaded", "The service is busy"),
            // Not a 5xx: by those, balancers and alarms take a replica for ill (docs/decisions/back-pressure.md).
            TaggingErrorCode.DeadlineExceeded => (408, "deadline-exceeded", "The client's own deadline is over"),
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
            status is 503 or 408 ? ToSeconds(error.RetryAfter) : null);
    }

    /// <summary>A time to wait in the whole seconds that <c>Retry-After</c> speaks, at least one.</summary>
    public static int ToSeconds(TimeSpan? wait) =>
        (int)Math.Clamp(Math.Ceiling((wait ?? TimeSpan.FromSeconds(1)).TotalSeconds), 1, 3600);
}
