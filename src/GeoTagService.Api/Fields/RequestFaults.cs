using GeoTagService.Core;

namespace GeoTagService.Api.Fields;

/// <summary>What is said of requests that are larger than what is read, or of a kind that is not read.</summary>
internal static class RequestFaults
{
    public static TaggingError FieldTooLarge(string field, long limit) =>
        Over(TaggingErrorCode.FieldTooLarge, field, limit, "bytes", $"'{field}' has more than {limit:N0} bytes.");

    public static TaggingError ImageTooLarge(long limit) =>
        Over(TaggingErrorCode.ImageTooLarge, "image", limit, "bytes", $"'image' has more than {limit:N0} bytes, the most that is taken.");

    public static TaggingError LineTooLong(long limit) =>
        Over(TaggingErrorCode.LineTooLong, null, limit, "bytes", $"The line has more than {limit:N0} bytes beside its photo.");

    public static TaggingError JsonTooLarge(long limit) =>
        Over(TaggingErrorCode.RequestTooLarge, null, limit, "bytes", $"The JSON has more than {limit:N0} bytes beside its photo.");

    public static TaggingError BodyTooLarge(long limit) =>
        Over(TaggingErrorCode.RequestTooLarge, null, limit, "bytes", $"The body has more than {limit:N0} bytes; send more as NDJSON.");

    public static TaggingError TooManyItems(int limit) =>
        Over(TaggingErrorCode.TooManyItems, "items", limit, "items", $"One JSON body holds at most {limit:N0} items; send more as NDJSON.");

    public static TaggingError TooManyMembers(string? field, int limit) =>
        Over(TaggingErrorCode.TooManyMembers, field, limit, "members", $"One item has at most {limit:N0} members.");

    public static TaggingError TooDeep(string? field, int limit) =>
        Over(TaggingErrorCode.TooDeep, field, limit, "levels", $"The JSON is nested more than {limit:N0} levels deep.");

    public static TaggingError UnsupportedContentType(string? contentType, string accepted) =>
        new(
            TaggingErrorCode.UnsupportedContentType,
            "Content-Type",
            contentType is null
                ? $"The request has a body without Content-Type; send {accepted}."
                : $"'{(contentType.Length <= 100 ? contentType : contentType[..100] + "…")}' is not supported here; send {accepted}."
        );

    private static TaggingError Over(TaggingErrorCode code, string? field, long limit, string unit, string detail) =>
        new(code, field, detail) { Limit = new TaggingLimit(limit, unit) };
}
