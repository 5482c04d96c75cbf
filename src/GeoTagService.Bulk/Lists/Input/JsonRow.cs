using System.Text;
using System.Text.Json;
using GeoTagService.Contracts;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>Reads a row that is a JSON object.</summary>
internal static class JsonRow
{
    /// <summary>Takes an object's members that are columns; what is wrong is rejected.</summary>
    /// <param name="json">UTF-8, with or without a mark at its beginning.</param>
    /// <param name="columns">What its members mean.</param>
    /// <param name="fields">Takes the values.</param>
    /// <param name="what">What the text is, for messages: <c>line</c>.</param>
    public static void Read(ReadOnlySpan<byte> json, ListColumns columns, ListFields fields, string what)
    {
        try
        {
            var reader = new Utf8JsonReader(json.StartsWith(Encoding.UTF8.Preamble) ? json[3..] : json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                fields.Reject(null, $"The {what} is not a JSON object.");
                return;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var column = columns.Find(reader.GetString()!);
                reader.Read();
                if (column is { } known)
                {
                    ReadValue(ref reader, known, fields);
                }
                else
                {
                    reader.Skip();
                }
            }

            if (reader.Read())
            {
                fields.Reject(null, "Something follows the JSON object.");
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            fields.Reject(null, $"The {what} is not JSON.");
        }
    }

    private static void ReadValue(ref Utf8JsonReader reader, ListColumn column, ListFields fields)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.String when !reader.ValueIsEscaped:
                fields.Set(column, reader.ValueSpan);
                break;
            case JsonTokenType.String:
                fields.Set(column, Encoding.UTF8.GetBytes(LoneSurrogates.GetString(ref reader)!));
                break;
            case JsonTokenType.Number when column is ListColumn.Id:
                // As written: an id may be longer than what a double can name.
                fields.Set(column, reader.ValueSpan);
                break;
            case JsonTokenType.Number:
                fields.Set(column, reader.GetDouble());
                break;
            case JsonTokenType.StartArray when column is ListColumn.ImageEmbedding or ListColumn.TitleEmbedding:
                var values = new List<float>(512);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    values.Add(reader.GetSingle());
                }

                fields.Set(column, [.. values]);
                break;
            default:
                fields.Reject(column.ToString(), $"{column} cannot be {reader.TokenType}.");
                reader.Skip();
                break;
        }
    }
}
