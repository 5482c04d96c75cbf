using GeoTagService.Core;

namespace GeoTagService.Api.Uploads;

/// <summary>What is said of an upload that came too slowly, or found no room.</summary>
internal static class UploadFaults
{
    /// <summary>It took longer than one upload may.</summary>
    public static TaggingError TimedOut(TimeSpan limit) =>
        new(TaggingErrorCode.UploadTimedOut, null, $"The upload was not received within {limit.TotalSeconds:0.#} s.")
        {
            Limit = new TaggingLimit((long)Math.Ceiling(limit.TotalSeconds), "seconds"),
        };

    /// <summary>Nothing came for too long between two items.</summary>
    public static TaggingError Idle(TimeSpan limit) =>
        new(TaggingErrorCode.UploadTimedOut, null, $"No further item came for {limit.TotalSeconds:0.#} s.")
        {
            Limit = new TaggingLimit((long)Math.Ceiling(limit.TotalSeconds), "seconds"),
        };

    /// <summary>It comes more slowly than is waited for.</summary>
    public static TaggingError TooSlow(int bytesPerSecond) =>
        new(TaggingErrorCode.UploadTooSlow, null, $"The upload came too slowly; at least {bytesPerSecond:N0} bytes a second are expected.")
        {
            Limit = new TaggingLimit(bytesPerSecond, "bytes per second"),
        };

    /// <summary>An item of a packed body goes on and on.</summary>
    public static TaggingError ItemTooLarge(long limit) =>
        new(
            TaggingErrorCode.RequestTooLarge,
            null,
            $"An item has more than {limit:N0} bytes when it is unpacked; nothing behind it is read."
        )
        {
            Limit = new TaggingLimit(limit, "bytes"),
        };

    /// <summary>The server gave up waiting for it.</summary>
    public static TaggingError Lost() => new(TaggingErrorCode.UploadTimedOut, null, "The request was not received in time.");

    /// <summary>There was no room for it within the time that it may wait.</summary>
    public static TaggingError NoRoom() =>
        new(TaggingErrorCode.Overloaded, null, "Too many uploads are being received at once; try again shortly.")
        {
            RetryAfter = TimeSpan.FromSeconds(2),
        };
}
