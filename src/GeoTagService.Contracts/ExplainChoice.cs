using System.Text.Json;
using System.Text.Json.Serialization;

namespace GeoTagService.Contracts;

/// <summary>For which tags to say what spoke for them: <c>false</c>, <c>true</c> (the chosen ones) or <c>"all"</c>.</summary>
[JsonConverter(typeof(ExplainChoiceJsonConverter))]
public enum ExplainChoice
{
    /// <summary>For none.</summary>
    None,

    /// <summary>For the chosen ones.</summary>
    Chosen,

    /// <summary>For every tag.</summary>
    All,
}

/// <summary>Reads and writes <c>false</c>, <c>true</c> and <c>"all"</c>.</summary>
public sealed class ExplainChoiceJsonConverter : JsonConverter<ExplainChoice>
{
    /// <inheritdoc/>
    public override ExplainChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.False => ExplainChoice.None,
            JsonTokenType.True => ExplainChoice.Chosen,
            JsonTokenType.String when reader.ValueTextEquals("all"u8) => ExplainChoice.All,
            _ => throw new JsonException("explain is true, false or \"all\""),
        };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ExplainChoice value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (value == ExplainChoice.All)
        {
            writer.WriteStringValue("all"u8);
            return;
        }

        writer.WriteBooleanValue(value == ExplainChoice.Chosen);
    }
}
