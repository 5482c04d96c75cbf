using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using GeoTagService.Api.Problems;
using GeoTagService.Contracts;
using GeoTagService.Core;

namespace GeoTagService.Api.Tagging;

/// <summary>Reads JSON that a client wrote; what is wrong with it becomes a problem that names the field, without the
/// reader's own words about types.</summary>
internal static class WireJson
{
    private static readonly HashSet<string> OfTheAnswer = ["dimension", "normalized", "model", "warnings"];

    public static Reading<T> Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) is { } value
                ? value
                : new TaggingError(TaggingErrorCode.Malformed, null, "The JSON is null where an object is expected.");
        }
        catch (JsonException exception)
        {
            return Describe(exception, json);
        }
    }

    /// <summary>The unknown names in a JSON item: the same warning as a form gives.</summary>
    public static IEnumerable<TagWarning> Warnings(this TagItem item) =>
        Unknown(item.Unknown?.Keys, [FieldNames.Image, .. FieldNames.Tagging]);

    /// <summary>The unknown names in a JSON item; what <c>POST /v1/embeddings</c> says beside the embeddings may come back with
    /// them.</summary>
    public static IEnumerable<TagWarning> Warnings(this EmbeddedItem item) =>
        Unknown(item.Unknown?.Keys.Where(name => !OfTheAnswer.Contains(name)).ToList(), [FieldNames.Image, .. FieldNames.Tagging.Where(name => name != FieldNames.ApplyOrientation)]);

    private static IEnumerable<TagWarning> Unknown(ICollection<string>? names, IEnumerable<string> known) => names is { Count: > 0 }
        ? [RequestFields.UnknownFields([.. names.Take(8).Select(name => name.Length <= 40 ? name : name[..40] + "…")], ["id", .. known])]
        : [];

    private static TaggingError Describe(JsonException exception, ReadOnlySpan<byte> json)
    {
        var field = FieldOf(exception.Path);
        if (!Utf8.IsValid(json))
        {
            return new TaggingError(TaggingErrorCode.InvalidText, field, field is null ? "The JSON is not valid UTF-8." : $"'{field}' is not valid UTF-8.");
        }

        if (json.TrimStart(" \t\r\n"u8) is [(byte)'[', ..])
        {
            return new TaggingError(
                TaggingErrorCode.Malformed, null, "An object is expected here, not a list. Many items go to /v1/tags/batch as NDJSON, an object a line.");
        }

        return field is null
            ? new TaggingError(
                TaggingErrorCode.Malformed,
                null,
                $"The JSON cannot be read (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}).")
            : new TaggingError(TaggingErrorCode.Malformed, field, $"'{field}' {Expected(field)}.");
    }

    private static string Expected(string field) => field switch
    {
        FieldNames.Lat or FieldNames.Lon => "is not a number (numbers stand without quotes)",
        FieldNames.Explain or FieldNames.ApplyOrientation => "is neither true nor false",
        FieldNames.Threshold => "is neither a number nor an object of tag ids and numbers",
        "id" => "is neither a string nor a number",
        FieldNames.Image => "is not valid base64 (or, for an embedding, a list of numbers)",
        _ => "has a value that cannot be read",
    };

    /// <summary>The last name of a path such as <c>$.items[3].lat</c>.</summary>
    private static string? FieldOf(string? path)
    {
        var dot = path?.LastIndexOf('.') ?? -1;
        if (dot < 0)
        {
            return null;
        }

        var name = path![(dot + 1)..];
        var bracket = name.IndexOf('[');
        name = bracket < 0 ? name : name[..bracket];
        return name.Length is > 0 and <= 40 ? name : null;
    }
}
