using System.Text.Json;
using System.Text.Json.Serialization;

namespace GeoTagService.Core;

/// <summary>Writes <see cref="Modalities"/> as a list of lower-case names in head-input order: <c>["image","title"]</c>.</summary>
public sealed class ModalitiesJsonConverter : JsonConverter<Modalities>
{
    /// <inheritdoc/>
    public override Modalities Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("modalities must be a list of image, title, location");
        }

        var result = Modalities.None;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            result |= reader.TokenType == JsonTokenType.String ? Parse(reader.GetString()) : Parse(null);
        }

        return result;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Modalities value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var name in Names(value))
        {
            writer.WriteStringValue(name);
        }

        writer.WriteEndArray();
    }

    /// <summary>The lower-case names of the parts, in head-input order.</summary>
    public static IEnumerable<string> Names(Modalities value)
    {
        if (value.HasFlag(Modalities.Image))
        {
            yield return "image";
        }

        if (value.HasFlag(Modalities.Title))
        {
            yield return "title";
        }

        if (value.HasFlag(Modalities.Location))
        {
            yield return "location";
        }
    }

    private static Modalities Parse(string? name) =>
        name switch
        {
            "image" => Modalities.Image,
            "title" => Modalities.Title,
            "location" => Modalities.Location,
            _ => throw new JsonException($"unknown modality '{name}'; known are image, title, location"),
        };
}
