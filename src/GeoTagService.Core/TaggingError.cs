namespace GeoTagService.Core;

/// <summary>Why one item could not be tagged. Closed: the HTTP edge and the command line map every member.</summary>
public enum TaggingErrorCode
{
    /// <summary>The request is not well formed (400).</summary>
    Malformed,

    /// <summary>The bytes are not an image that can be decoded, though they claim to be one (422).</summary>
    InvalidImage,

    /// <summary>The image has more bytes or pixels than the limit (413).</summary>
    ImageTooLarge,

    /// <summary>The bytes are not of an image format that is read (415).</summary>
    UnsupportedMedia,

    /// <summary>The title cannot be read as text (400).</summary>
    InvalidText,

    /// <summary>A place, threshold, head or other value is out of its range or does not exist (422).</summary>
    InvalidValue,

    /// <summary>Neither an image nor a title was given, or the asked-for head lacks its image (422).</summary>
    MissingInput,

    /// <summary>Two sources of the place disagree (422).</summary>
    Conflict,

    /// <summary>The queue is full, or waiting in it would take longer than anybody should wait (503 with Retry-After).</summary>
    Overloaded,

    /// <summary>The client's own deadline is over, or will be before its turn comes (408 with Retry-After). Says nothing of the
    /// service's health: whoever asks for a thousandth of a second gets it from an idle one, too.</summary>
    DeadlineExceeded,

    /// <summary>The model is not loaded or warmed yet, or the service drains (503 with Retry-After).</summary>
    NotReady,

    /// <summary>A field that is not the photo has more bytes than the limit (413).</summary>
    FieldTooLarge,

    /// <summary>The request, without its photos, has more bytes than the limit (413).</summary>
    RequestTooLarge,

    /// <summary>A line of many has, without its photo, more bytes than the limit (413).</summary>
    LineTooLong,

    /// <summary>There are more items than one body may hold (413).</summary>
    TooManyItems,

    /// <summary>An item has more members than the limit (413).</summary>
    TooManyMembers,

    /// <summary>JSON is nested more deeply than the limit (413).</summary>
    TooDeep,

    /// <summary>The body is of a type that is not read (415).</summary>
    UnsupportedContentType,

    /// <summary>The upload took too long (408).</summary>
    UploadTimedOut,

    /// <summary>The upload came too slowly (408).</summary>
    UploadTooSlow,

    /// <summary>The photo could not be fetched from the address that was given for it (422).</summary>
    ImageNotFetched,

    /// <summary>The engine failed on this very item (500).</summary>
    InferenceFailed,
}

/// <summary>One item's fault, with the field that it lies in.</summary>
/// <param name="Code">The kind of fault.</param>
/// <param name="Field">The request's field by its wire name (<c>image</c>, <c>title</c>, <c>lat</c>, <c>lon</c>,
/// <c>gridReference</c>, <c>head</c>, <c>threshold</c> …), or null when no single field is to blame.</param>
/// <param name="Detail">A sentence for the user: what was wrong and what the limit is. Never a path or a stack trace.</param>
public sealed record TaggingError(TaggingErrorCode Code, string? Field, string Detail)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(5);

    /// <summary>How long the client should wait before it tries again, when <see cref="Code"/> is
    /// <see cref="TaggingErrorCode.Overloaded"/>, <see cref="TaggingErrorCode.DeadlineExceeded"/> or
    /// <see cref="TaggingErrorCode.NotReady"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The limit that was passed, when the fault is a number beyond one.</summary>
    public TaggingLimit? Limit { get; init; }

    /// <summary>How long work that has time waits before it asks again: <see cref="RetryAfter"/>, never so short that waiting would
    /// become a loop without a pause. A delay below a millisecond is none at all, and a few that ask without pause take every
    /// thread from the one they wait for.</summary>
    /// <param name="longest">The longest pause, also where <see cref="RetryAfter"/> says nothing; at least 5 ms.</param>
    /// <returns>5 ms to <paramref name="longest"/>.</returns>
    public TimeSpan Pause(TimeSpan longest) =>
        RetryAfter is { } wait && wait < longest ? (wait > ShortestPause ? wait : ShortestPause) : longest;
}

/// <summary>A limit, for machines.</summary>
/// <param name="Value">Its value.</param>
/// <param name="Unit">Its unit: <c>bytes</c>, <c>pixels</c>, <c>items</c>, <c>members</c>,
/// <c>levels</c>, <c>seconds</c>, <c>bytes per second</c>, <c>degrees</c> or <c>probability</c>.</param>
public sealed record TaggingLimit(long Value, string Unit);

/// <summary>Something the user should know that did not stop the item.</summary>
/// <param name="Code">Stable kebab-case identifier, e.g. <c>title-truncated</c>, <c>place-outside-trained-area</c>.</param>
/// <param name="Field">The request's field by its wire name, or null.</param>
/// <param name="Message">A sentence for the user.</param>
public sealed record TagWarning(string Code, string? Field, string Message);
