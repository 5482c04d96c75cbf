using System.Globalization;
using System.Text.Json;
using GeoTagService.Contracts;
using GeoTagService.Core;

namespace GeoTagService.Api.Tagging;

/// <summary>Text fields and JSON items to <see cref="TagInput"/>. Only the form of values is checked here; ranges and
/// what fits together are the workshop's business.</summary>
internal static class TagInputBinder
{
    /// <summary>Binds the fields of a form or query.</summary>
    public static Outcome<TagInput> Bind(RequestFields fields, ReadOnlyMemory<byte>? image)
    {
        TaggingError? fault = null;
        var lat = Number(fields, FieldNames.Lat, ref fault);
        var lon = Number(fields, FieldNames.Lon, ref fault);
        var options = BindOptions(fields, ref fault);
        return fault is not null ? fault : new TagInput
        {
            Image = image,
            Title = fields.Raw(FieldNames.Title),
            Latitude = lat,
            Longitude = lon,
            GridReference = fields[FieldNames.GridReference],
            Options = options,
        };
    }

    /// <summary>Binds the options that a batch's query sets for all items.</summary>
    public static Outcome<TagOptions> BindOptions(RequestFields fields)
    {
        TaggingError? fault = null;
        var options = BindOptions(fields, ref fault);
        return fault is not null ? fault : options;
    }

    /// <summary>Binds a JSON item; what it leaves open comes from the defaults.</summary>
    public static TagInput Bind(TagItem item, TagOptions defaults) => new()
    {
        // The cast is needed: a bare null converts to an empty photo, by way of an array.
        Image = item.Image is { } bytes ? (ReadOnlyMemory<byte>?)bytes : null,
        Title = item.Title,
        Latitude = item.Lat,
        Longitude = item.Lon,
        GridReference = Given(item.GridReference),
        Options = Merge(defaults, item.Head, item.Threshold, item.Explain, item.ApplyOrientation),
    };

    /// <summary>Binds place and options of a JSON item that carries embeddings.</summary>
    public static TagInput Bind(EmbeddedItem item, TagOptions defaults) => new()
    {
        Latitude = item.Lat,
        Longitude = item.Lon,
        GridReference = Given(item.GridReference),
        Options = Merge(defaults, item.Head, item.Threshold, item.Explain, null),
    };

    /// <summary>Reads a yes or no.</summary>
    public static bool Flag(RequestFields fields, string name, bool fallback, ref TaggingError? fault)
    {
        switch (fields[name])
        {
            case null:
                return fallback;
            // "on" is what a ticked box of an HTML form sends.
            case "true" or "True" or "TRUE" or "1" or "on":
                return true;
            case "false" or "False" or "FALSE" or "0" or "off":
                return false;
            default:
                fault ??= new TaggingError(TaggingErrorCode.Malformed, name, name == FieldNames.Explain
                    ? "'explain' is true, false or all."
                    : $"'{name}' is true or false.");
                return fallback;
        }
    }

    private static TagOptions BindOptions(RequestFields fields, ref TaggingError? fault)
    {
        ThresholdChoice? threshold = null;
        if (fields[FieldNames.Threshold] is { } text)
        {
            try
            {
                threshold = ThresholdChoice.Parse(text.Trim());
            }
            catch (JsonException)
            {
                fault ??= new TaggingError(
                    TaggingErrorCode.Malformed,
                    FieldNames.Threshold,
                    "'threshold' is a number (0.2), or a JSON object of tag ids and numbers ({\"default\":0.5,\"tag1077\":0.2}).");
            }
        }

        var explainAll = fields[FieldNames.Explain] is "all";
        return new TagOptions
        {
            Head = fields[FieldNames.Head],
            Threshold = threshold?.Default,
            TagThresholds = threshold?.ByTag,
            Explain = explainAll || Flag(fields, FieldNames.Explain, false, ref fault),
            ExplainAll = explainAll,
            ApplyOrientation = Flag(fields, FieldNames.ApplyOrientation, true, ref fault),
        };
    }

    private static TagOptions Merge(
        TagOptions defaults, string? head, ThresholdChoice? threshold, ExplainChoice? explain, bool? applyOrientation) => new()
        {
            Head = Given(head) ?? defaults.Head,
            Threshold = threshold is null ? defaults.Threshold : threshold.Default,
            TagThresholds = threshold is null ? defaults.TagThresholds : threshold.ByTag,
            Explain = explain is null ? defaults.Explain : explain != ExplainChoice.None,
            ExplainAll = explain is null ? defaults.ExplainAll : explain == ExplainChoice.All,
            ApplyOrientation = applyOrientation ?? defaults.ApplyOrientation,
        };

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static double? Number(RequestFields fields, string name, ref TaggingError? fault)
    {
        if (fields[name] is not { } text)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            return number;
        }

        fault ??= new TaggingError(
            TaggingErrorCode.Malformed, name, $"'{name}' is not a number; write degrees with a point: 53.397.");
        return null;
    }
}
