namespace GeoTagService.Core;

/// <summary>The stable names of <see cref="TaggingErrorCode"/>, the same in the API's problems and in a list's rejects.</summary>
public static class TaggingErrorNames
{
    /// <summary>The code in kebab case: <c>invalid-image</c>.</summary>
    public static string ToName(this TaggingErrorCode code) => code switch
    {
        TaggingErrorCode.Malformed => "malformed",
        TaggingErrorCode.InvalidText => "invalid-text",
        TaggingErrorCode.ImageTooLarge => "image-too-large",
        TaggingErrorCode.UnsupportedMedia => "unsupported-media",
        TaggingErrorCode.InvalidImage => "invalid-image",
        TaggingErrorCode.InvalidValue => "invalid-value",
        TaggingErrorCode.MissingInput => "missing-input",
        TaggingErrorCode.Conflict => "conflict",
        TaggingErrorCode.Overloaded => "overloaded",
        TaggingErrorCode.NotReady => "not-ready",
        TaggingErrorCode.DeadlineExceeded => "deadline-exceeded",
        _ => "inference-failed",
    };
}
