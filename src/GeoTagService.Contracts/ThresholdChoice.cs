using System.Text.Json;
using System.Text.Json.Serialization;

namespace GeoTagService.Contracts;

/// <summary>Thresholds as asked for: one for all tags, some by tag, or both.</summary>
/// <param name="Default">For every tag that has none of its own; null takes the head's.</param>
/// <param name="ByTag">By tag id, or null.</param>
[JsonConverter(typeof(ThresholdChoiceJsonConverter))]
public sealed record ThresholdChoice(double? Default, IReadOnlyDictionary<string, double>? ByTag)
{
    /// <summary>Reads a form field or a query parameter: <c>0.2</c>, or <c>{"default":0.5,"tag1077":0.2}</c>.</summary>
    /// <exception cref="JsonException">It is neither.</exception>
    public static ThresholdChoice Parse(string text) =>
        JsonSerializer.Deserialize(text, TagJson.Default.ThresholdChoice)
        ?? throw new JsonException("a threshold is a number, or an object of tag ids and numbers");
}

/// <summary>A number, or an object of tag ids and numbers in which <c>default</c> stands for all other tags.</summary>
public sealed class ThresholdChoiceJsonConverter : JsonConverter<ThresholdChoice>
{
    private const string DefaultKey = "default";

    /// <inheritdoc/>
    public override ThresholdChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return new ThresholdChoice(reader.GetDouble(), null);
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("a threshold is a number, or an object of tag ids and numbers");
        }

        double? all = null;
        var byTag = new Dictionary<string, double>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number)
            {
                throw new JsonException("a threshold is a number, or an object of tag ids and numbers");
            }

            if (key == DefaultKey)
            {
                all = reader.GetDouble();
            }
            else
            {
                byTag[key] = reader.GetDouble();
            }
        }

        return new ThresholdChoice(all, byTag.Count == 0 ? null : byTag);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ThresholdChoice value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        if (value.ByTag is null && value.Default is { } only)
        {
            writer.WriteNumberValue(only);
            return;
        }

        writer.WriteStartObject();
        if (value.Default is { } all)
        {
            writer.WriteNumber(DefaultKey, all);
        }

        foreach (var (tag, threshold) in value.ByTag ?? new Dictionary<string, double>())
        {
            writer.WriteNumber(tag, threshold);
        }

        writer.WriteEndObject();
    }
}
