using System.Globalization;
using System.Text.Json;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Tags;
using Microsoft.OpenApi;

namespace GeoTagService.Api.Fields;

/// <summary>The table of all fields.</summary>
internal static class RequestFields
{
    private const string NumberInText = "is not a number; write degrees with a point: 53.397";
    private const string NumberInJson = "is not a number (numbers stand without quotes)";
    private const string NeitherTrueNorFalse = "is neither true nor false";

    private static readonly (double Least, double Most) TopRange = (1, TagCatalog.Count);

    private static readonly string NoCountOfTags = $"is not a whole number from {TopRange.Least} to {TopRange.Most}";

    private static readonly EmbeddingVectorJsonConverter Vectors = new();
    private static readonly ThresholdChoiceJsonConverter Thresholds = new();
    private static readonly ExplainChoiceJsonConverter Explanations = new();

    public static RequestField Id { get; } =
        new("id", "The caller's own id, returned with the result.")
        {
            Example = "a",
            FromJson = (ref reader, draft) =>
                (
                    draft.Id = reader.TokenType switch
                    {
                        JsonTokenType.String => reader.GetString(),
                        // As it was written: databases have numbers that no float holds.
                        JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
                        _ => null,
                    }
                )
                    is not null,
            JsonFault = "is neither a string nor a number",
        };

    public static RequestField Image { get; } =
        new(
            "image",
            "The photo's file (JPEG, PNG, WebP, GIF, BMP); base64 in JSON. As text: a `data:` URI in base64, or an http or https "
                + "address of a host that the service is set to fetch from."
        )
        {
            Format = "binary",
            IsPhoto = true,
            // A field under the sky, 32 by 32.
            Example =
                "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAMElEQVR42mOoWHWHpohh1IJRC0YtGLVg1IIhYYFbhRFN0agFoxaMWjBqwagF"
                + "Q8ICAID03EyyS7TnAAAAAElFTkSuQmCC",
            FromText = (text, draft) => PhotoText.TryTake(text, draft),
            TextFault =
                $"is not a photo's file, a data: URI in base64, or an http or https address of at most {PhotoText.LongestAddress} characters",
            // A string never comes here: it is decoded while it is read.
            FromJson = (ref reader, draft) => false,
            JsonFault = "is not valid base64, no data: URI in base64, and no http or https address",
        };

    public static RequestField Title { get; } =
        new("title", "The photo's title.")
        {
            Example = "Lock 7 on the Peak Forest Canal, Marple",
            TakesEmptyText = true,
            FromText = (text, draft) => (draft.Title = text) is not null,
            FromJson = (ref reader, draft) =>
                reader.TokenType == JsonTokenType.String && (draft.Title = LoneSurrogates.GetString(ref reader)) is not null,
        };

    public static RequestField TitleFrom { get; } =
        new(
            "titleFrom",
            "Where the title is taken from when none is given: `none` (default), or `metadata`, what the photo's XMP, IPTC or EXIF says."
        )
        {
            Values = ["none", "metadata"],
            Example = "metadata",
            FromText = (text, draft) => (draft.TitleFrom = TitleFromOf(text)) is not null,
            FromJson = (ref reader, draft) =>
                reader.TokenType == JsonTokenType.String && (draft.TitleFrom = TitleFromOf(reader.GetString()!)) is not null,
            TextFault = "is none or metadata",
            JsonFault = "is none or metadata",
            FaultCode = TaggingErrorCode.InvalidValue,
        };

    public static RequestField Lat { get; } =
        new("lat", "Degrees north, WGS84, -90 to 90; goes with `lon`.")
        {
            Type = JsonSchemaType.Number,
            Format = "double",
            Range = (-GeoPosition.MostNorth, GeoPosition.MostNorth),
            Example = 53.3933,
            FromText = (text, draft) => (draft.Lat = Number(text)) is not null,
            FromJson = (ref reader, draft) => (draft.Lat = Number(ref reader)) is not null,
            TextFault = NumberInText,
            JsonFault = NumberInJson,
        };

    public static RequestField Lon { get; } =
        new("lon", "Degrees east, WGS84, -180 to 180; goes with `lat`.")
        {
            Type = JsonSchemaType.Number,
            Format = "double",
            Range = (-GeoPosition.MostEast, GeoPosition.MostEast),
            Example = -2.0541,
            FromText = (text, draft) => (draft.Lon = Number(text)) is not null,
            FromJson = (ref reader, draft) => (draft.Lon = Number(ref reader)) is not null,
            TextFault = NumberInText,
            JsonFault = NumberInJson,
        };

    public static RequestField GridReference { get; } =
        new("gridReference", "Grid reference, instead of lat and lon: National (`SJ 96 88`) or Irish (`O1234`).")
        {
            Example = "SJ 96 88",
            FromText = (text, draft) => (draft.GridReference = text) is not null,
            FromJson = (ref reader, draft) => TryText(ref reader, out var text) && (draft.GridReference = text) is not null,
        };

    public static RequestField Head { get; } =
        new("head", "A head of the model by name, or `auto` (default).")
        {
            Example = "auto",
            FromText = (text, draft) => (draft.Head = text) is not null,
            FromJson = (ref reader, draft) => TryText(ref reader, out var text) && (draft.Head = text) is not null,
        };

    public static RequestField Threshold { get; } =
        new(
            "threshold",
            "A number above 0 and below 1 for all tags (default: the head's own), or a JSON object of tag ids and numbers: "
                + "`{\"default\":0.5,\"tag1077\":0.2}`."
        )
        {
            Example = "0.5",
            JsonExample = 0.5,
            FromText = (text, draft) => (draft.Threshold = ThresholdChoice.Parse(text.Trim())) is not null,
            FromJson = (ref reader, draft) =>
                (draft.Threshold = Thresholds.Read(ref reader, typeof(ThresholdChoice), TagJson.Default.Options)) is not null,
            TextFault = "is a number (0.2), or a JSON object of tag ids and numbers ({\"default\":0.5,\"tag1077\":0.2})",
            JsonFault = "is neither a number nor an object of tag ids and numbers",
        };

    public static RequestField Explain { get; } =
        new("explain", "What spoke for the chosen tags (`true`), for every tag (`all`), or nothing (`false`, default).")
        {
            Values = ["false", "true", "all"],
            Example = "true",
            JsonExample = true,
            FromText = (text, draft) =>
                (
                    draft.Explain = text is "all"
                        ? ExplainChoice.All
                        : Flag(text) switch
                        {
                            true => ExplainChoice.Chosen,
                            false => ExplainChoice.None,
                            null => null,
                        }
                )
                    is not null,
            FromJson = (ref reader, draft) =>
            {
                draft.Explain = Explanations.Read(ref reader, typeof(ExplainChoice), TagJson.Default.Options);
                return true;
            },
            TextFault = "is true, false or all",
            JsonFault = NeitherTrueNorFalse,
        };

    public static RequestField Top { get; } =
        new("top", "How many of the most probable tags to list by name, chosen or not; default none.")
        {
            Type = JsonSchemaType.Integer,
            Format = "int32",
            Range = TopRange,
            Example = 5,
            FromText = (text, draft) => (draft.Top = CountOfTags(text)) is not null,
            FromJson = (ref reader, draft) => (draft.Top = CountOfTags(ref reader)) is not null,
            TextFault = NoCountOfTags,
            JsonFault = NoCountOfTags,
            FaultCode = TaggingErrorCode.InvalidValue,
        };

    public static RequestField ApplyOrientation { get; } =
        new("applyOrientation", "Whether to turn the photo as its EXIF orientation says (default true).")
        {
            Type = JsonSchemaType.Boolean,
            Example = true,
            FromText = (text, draft) => (draft.ApplyOrientation = Flag(text)) is not null,
            FromJson = (ref reader, draft) => (draft.ApplyOrientation = Flag(ref reader)) is not null,
            TextFault = "is true or false",
            JsonFault = NeitherTrueNorFalse,
        };

    public static RequestField Normalize { get; } =
        new("normalize", "Whether to divide each vector by its length (default false: raw, as the heads need it).")
        {
            Type = JsonSchemaType.Boolean,
            Example = false,
            FromText = (text, draft) => (draft.Normalize = Flag(text)) is not null,
            FromJson = (ref reader, draft) => (draft.Normalize = Flag(ref reader)) is not null,
            TextFault = "is true or false",
            JsonFault = NeitherTrueNorFalse,
        };

    public static RequestField Encoding { get; } =
        new("encoding", "How vectors are written: `numbers` (default) or `base64` of little-endian float32.")
        {
            Values = ["numbers", "base64"],
            Example = "base64",
            FromText = (text, draft) => (draft.Encoding = EncodingOf(text)) is not null,
            FromJson = (ref reader, draft) =>
                reader.TokenType == JsonTokenType.String && (draft.Encoding = EncodingOf(reader.GetString()!)) is not null,
            TextFault = "is numbers, or base64 (of little-endian float32)",
            JsonFault = "is numbers, or base64 (of little-endian float32)",
            FaultCode = TaggingErrorCode.InvalidValue,
        };

    public static RequestField Tag { get; } =
        new("tag", "Id of the tag to look for, chosen or not: `tag1077`.")
        {
            Example = "tag1077",
            FromText = (text, draft) => (draft.Tag = text) is not null,
            FromJson = (ref reader, draft) => reader.TokenType == JsonTokenType.String && (draft.Tag = reader.GetString()) is not null,
        };

    public static RequestField Square { get; } =
        new("square", "Edge of the squares: `100km` (default) or `10km`.")
        {
            Values = ["100km", "10km"],
            Example = "100km",
            FromText = (text, draft) => (draft.Square = EdgeOf(text)) is not null,
            FromJson = (ref reader, draft) =>
                reader.TokenType == JsonTokenType.String && (draft.Square = EdgeOf(reader.GetString()!)) is not null,
            TextFault = "is 100km or 10km",
            JsonFault = "is 100km or 10km",
            FaultCode = TaggingErrorCode.InvalidValue,
        };

    /// <summary>The photo's embedding, where a photo was.</summary>
    public static RequestField ImageVector { get; } =
        new("image", "The photo's embedding: numbers, or base64 of little-endian float32.")
        {
            FromJson = (ref reader, draft) => (draft.ImageVector = Vector(ref reader)) is not null,
            JsonFault = "is not valid base64 (or, for an embedding, a list of numbers)",
        };

    /// <summary>The title's embedding, where a title was.</summary>
    public static RequestField TitleVector { get; } =
        new("title", "The title's embedding: numbers, or base64 of little-endian float32.")
        {
            FromJson = (ref reader, draft) => (draft.TitleVector = Vector(ref reader)) is not null,
        };

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static double? Number(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : null;

    private static int? CountOfTags(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && count >= TopRange.Least
        && count <= TopRange.Most
            ? count
            : null;

    private static int? CountOfTags(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var count) && count >= TopRange.Least && count <= TopRange.Most
            ? count
            : null;

    private static bool? Flag(string text) =>
        text switch
        {
            // "on" is what a ticked box of an HTML form sends.
            "true" or "True" or "TRUE" or "1" or "on" => true,
            "false" or "False" or "FALSE" or "0" or "off" => false,
            _ => null,
        };

    private static bool? Flag(ref Utf8JsonReader reader) =>
        reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => null,
        };

    private static TitleFrom? TitleFromOf(string text) =>
        text switch
        {
            "none" => Core.TitleFrom.None,
            "metadata" => Core.TitleFrom.Metadata,
            _ => null,
        };

    private static EmbeddingEncoding? EncodingOf(string text) =>
        text switch
        {
            "numbers" => EmbeddingEncoding.Numbers,
            "base64" => EmbeddingEncoding.Base64,
            _ => null,
        };

    private static int? EdgeOf(string text) =>
        text switch
        {
            "100km" => 100_000,
            "10km" => 10_000,
            _ => null,
        };

    private static EmbeddingVector Vector(ref Utf8JsonReader reader) =>
        Vectors.Read(ref reader, typeof(EmbeddingVector), TagJson.Default.Options);

    private static bool TryText(ref Utf8JsonReader reader, out string? text)
    {
        text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return text is not null;
    }
}
