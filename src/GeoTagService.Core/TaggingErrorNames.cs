namespace GeoTagService.Core;

/// <summary>The stable names of <see cref="TaggingErrorCode"/>, the same in the API's problems and in a list's rejects.</summary>
public static class TaggingErrorNames
{
    /// <summary>The code in kebab case: <c>invalid-image</c>.</summary>
    public static string ToName(this TaggingErrorCode code) =>
        code switch
        {
            TaggingErrorCode.Malformed => "malformed",
            TaggingErrorCode.InvalidText => "invalid-text",
            TaggingErrorCode.ImageTooLarge => "image-too-large",
            TaggingErrorCode.UnsupportedMedia => "unsupported-media",
            TaggingErrorCode.InvalidImage => "invalid-image",
            TaggingErrorCode.InvalidValue => "invalid-value",
            TaggingErrorCode.MissingInput => "missing-input",
            TaggingErrorCode.Conflict => "conflict",
            TaggingErrorCode.FieldTooLarge => "field-too-large",
            TaggingErrorCode.RequestTooLarge => "request-too-large",
            TaggingErrorCode.LineTooLong => "line-too-long",
            TaggingErrorCode.TooManyItems => "too-many-items",
            TaggingErrorCode.TooManyMembers => "too-many-members",
            TaggingErrorCode.TooDeep => "too-deep",
            TaggingErrorCode.UnsupportedContentType => "unsupported-content-type",
            TaggingErrorCode.UploadTimedOut => "upload-timeout",
            TaggingErrorCode.UploadTooSlow => "upload-too-slow",
            TaggingErrorCode.Overloaded => "overloaded",
            TaggingErrorCode.NotReady => "not-ready",
            TaggingErrorCode.ImageNotFetched => "image-not-fetched",
            TaggingErrorCode.DeadlineExceeded => "deadline-exceeded",
            _ => "inference-failed",
        };
}
