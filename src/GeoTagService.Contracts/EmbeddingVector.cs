using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GeoTagService.Contracts;

/// <summary>How an embedding is written.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EmbeddingEncoding>))]
public enum EmbeddingEncoding
{
    /// <summary>A JSON array of numbers.</summary>
    [JsonStringEnumMemberName("numbers")]
    Numbers,

    /// <summary>Base64 of little-endian float32, the form that Geograph's own worker posts.</summary>
    [JsonStringEnumMemberName("base64")]
    Base64,
}

/// <summary>An embedding on the wire. Read in either encoding, written in its own.</summary>
/// <param name="Values">The vector.</param>
/// <param name="Encoding">How it is written.</param>
[JsonConverter(typeof(EmbeddingVectorJsonConverter))]
public sealed record EmbeddingVector(float[] Values, EmbeddingEncoding Encoding);

/// <summary>Reads numbers or base64, writes what the vector asks for.</summary>
public sealed class EmbeddingVectorJsonConverter : JsonConverter<EmbeddingVector>
{
    /// <inheritdoc/>
    public override EmbeddingVector Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return new EmbeddingVector(ReadBase64(ref reader), EmbeddingEncoding.Base64);
            case JsonTokenType.StartArray:
                var values = new List<float>(512);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    values.Add(
                        reader.TokenType == JsonTokenType.Number
                            ? reader.GetSingle()
                            : throw new JsonException("an embedding is a list of numbers, or base64 of little-endian float32")
                    );
                }

                return new EmbeddingVector([.. values], EmbeddingEncoding.Numbers);
            default:
                throw new JsonException("an embedding is a list of numbers, or base64 of little-endian float32");
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EmbeddingVector value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        if (value.Encoding == EmbeddingEncoding.Base64)
        {
            writer.WriteBase64StringValue(LittleEndianBytes(value.Values));
            return;
        }

        writer.WriteStartArray();
        foreach (var number in value.Values)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }

    private static float[] ReadBase64(ref Utf8JsonReader reader)
    {
        if (!reader.TryGetBytesFromBase64(out var bytes))
        {
            throw new JsonException("the embedding is not base64");
        }

        if (bytes.Length % sizeof(float) != 0)
        {
            throw new JsonException("the embedding's base64 does not hold a whole number of float32 values");
        }

        var values = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
        }

        return values;
    }

    private static byte[] LittleEndianBytes(float[] values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        return bytes;
    }
}
