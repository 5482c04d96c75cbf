using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Core.Tags;

namespace GeoTagService.Bulk.Lists.Output;

/// <summary>A text format of results: header, rows, trailer, so that a file can be continued at any row.</summary>
internal abstract class RowFormat(ListContent content)
{
    /// <summary>What stands between tags, and between their scores, where a format has no lists: names hold commas.</summary>
    public const string TagSeparator = "; ";

    /// <summary>What is written of each item.</summary>
    protected ListContent Content { get; } = content;

    /// <summary>Thresholds whose tags have their scores beside them.</summary>
    protected IReadOnlyList<float> Scored => Content.Scores ? Content.Thresholds : [];

    /// <summary>What the file begins with.</summary>
    public virtual string Header => "";

    /// <summary>What stands between rows.</summary>
    public virtual string Separator => "";

    /// <summary>What the file ends with.</summary>
    public virtual string Trailer => "";

    /// <summary>The id that a row names; null where it cannot be read.</summary>
    public abstract string? IdOf(byte[] row);

    /// <summary>Writes one item.</summary>
    public abstract void Write(IBufferWriter<byte> output, ListItem item, ListScores scores);

    /// <summary>The tags at a threshold, by the service's own rule.</summary>
    protected static LabelDecision Decide(ListScores scores, float threshold)
    {
        Span<float> thresholds = stackalloc float[TagCatalog.Count];
        thresholds.Fill(threshold);
        return LabelDecider.Decide(scores.Probabilities, thresholds);
    }
}

/// <summary>CSV: one line an item; tags by name, joined by semicolons, because names hold commas.</summary>
internal sealed class CsvFormat(ListContent content) : RowFormat(content)
{
    public override string Header
    {
        get
        {
            var names = new List<string> { "id", "image", "title", "lat", "lon", "gridReference", "head" };
            foreach (var threshold in Content.Thresholds.Select(ListContent.Name))
            {
                names.Add($"tags_{threshold}");
                names.Add($"fallback_{threshold}");
            }

            names.Add("warnings");
            names.AddRange(Content.AllProbabilities ? TagCatalog.Tags.Select(tag => tag.Id) : []);
            names.AddRange(Scored.Select(threshold => $"scores_{ListContent.Name(threshold)}"));
            return string.Join(',', names) + "\n";
        }
    }

    public override void Write(IBufferWriter<byte> output, ListItem item, ListScores scores)
    {
        var line = new StringBuilder(256);
        Text(line, item.Id);
        Text(line.Append(','), item.Image);
        Text(line.Append(','), item.Title);
        line.Append(
            CultureInfo.InvariantCulture,
            $",{scores.Place?.Latitude},{scores.Place?.Longitude},{scores.Place?.GridReference},{scores.Head}"
        );
        foreach (var threshold in Content.Thresholds)
        {
            var decision = Decide(scores, threshold);
            Text(line.Append(','), string.Join(TagSeparator, decision.Rows.Select(row => TagCatalog.Tags[row].Name)));
            line.Append(decision.FallbackUsed ? ",true" : ",false");
        }

        line.Append(',').AppendJoin(TagSeparator, scores.Warnings);
        if (Content.AllProbabilities)
        {
            foreach (var probability in scores.Probabilities)
            {
                line.Append(CultureInfo.InvariantCulture, $",{probability:G9}");
            }
        }

        foreach (var threshold in Scored)
        {
            line.Append(',')
                .AppendJoin(
                    TagSeparator,
                    Decide(scores, threshold).Rows.Select(row => scores.Probabilities[row].ToString("G9", CultureInfo.InvariantCulture))
                );
        }

        line.Append('\n');
        foreach (var chunk in line.GetChunks())
        {
            Encoding.UTF8.GetBytes(chunk.Span, output);
        }
    }

    public override string? IdOf(byte[] row)
    {
        using var reader = new DelimitedReader(new MemoryStream(row), (byte)',');
        return reader.Read() ? Encoding.UTF8.GetString(reader[0]) : null;
    }

    private static void Text(StringBuilder line, string? text)
    {
        if (text is null)
        {
            return;
        }

        if (text.AsSpan().IndexOfAny("\",\r\n") < 0)
        {
            line.Append(text);
        }
        else
        {
            line.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        }
    }
}

/// <summary>What the JSON formats share.</summary>
internal abstract class JsonFormat(ListContent content) : RowFormat(content)
{
    public override string? IdOf(byte[] row)
    {
        var reader = new Utf8JsonReader(row);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("id"))
            {
                return reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }
        }

        return null;
    }

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonEncodedText[] TagNames = Encoded(TagCatalog.Tags.Select(tag => tag.Name));
    private static readonly JsonEncodedText[] TagIds = Encoded(TagCatalog.Tags.Select(tag => tag.Id));

    private readonly JsonEncodedText[] _tags = Encoded(content.Thresholds.Select(threshold => $"tags_{ListContent.Name(threshold)}"));
    private readonly JsonEncodedText[] _scores = Encoded(content.Thresholds.Select(threshold => $"scores_{ListContent.Name(threshold)}"));
    private readonly JsonEncodedText[] _fallbacks = Encoded(
        content.Thresholds.Select(threshold => $"fallback_{ListContent.Name(threshold)}")
    );

    public override void Write(IBufferWriter<byte> output, ListItem item, ListScores scores)
    {
        using (var json = new Utf8JsonWriter(output, Options))
        {
            Write(json, item, scores);
        }

        output.Write("\n"u8);
    }

    protected abstract void Write(Utf8JsonWriter json, ListItem item, ListScores scores);

    protected void WriteFields(Utf8JsonWriter json, ListItem item, ListScores scores)
    {
        json.WriteString("id", item.Id);
        WriteOptional(json, "image", item.Image);
        WriteOptional(json, "title", item.Title);
        WriteOptional(json, "gridReference", scores.Place?.GridReference);
        json.WriteString("head", scores.Head);
        for (var i = 0; i < _tags.Length; i++)
        {
            var decision = Decide(scores, Content.Thresholds[i]);
            json.WriteStartArray(_tags[i]);
            foreach (var row in decision.Rows)
            {
                json.WriteStringValue(TagNames[row]);
            }

            json.WriteEndArray();
            json.WriteBoolean(_fallbacks[i], decision.FallbackUsed);
            if (Content.Scores)
            {
                json.WriteStartArray(_scores[i]);
                foreach (var row in decision.Rows)
                {
                    json.WriteNumberValue(scores.Probabilities[row]);
                }

                json.WriteEndArray();
            }
        }

        if (scores.Warnings.Count > 0)
        {
            json.WriteStartArray("warnings");
            foreach (var warning in scores.Warnings)
            {
                json.WriteStringValue(warning);
            }

            json.WriteEndArray();
        }

        if (Content.AllProbabilities)
        {
            json.WriteStartObject("probabilities");
            for (var row = 0; row < scores.Probabilities.Length; row++)
            {
                json.WriteNumber(TagIds[row], scores.Probabilities[row]);
            }

            json.WriteEndObject();
        }
    }

    private static JsonEncodedText[] Encoded(IEnumerable<string> texts) =>
        [.. texts.Select(text => JsonEncodedText.Encode(text, Options.Encoder))];

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}

/// <summary>NDJSON: one object a line; by choice the first one says what the file is.</summary>
internal sealed class NdJsonFormat(ListContent content, ListAbout about) : JsonFormat(content)
{
    public override string Header => Content.SaysWhatItIs ? $"{{\"{ListAbout.Name}\":{about.ToJson()}}}\n" : "";

    protected override void Write(Utf8JsonWriter json, ListItem item, ListScores scores)
    {
        json.WriteStartObject();
        WriteFields(json, item, scores);
        if (scores.Place is { } place)
        {
            json.WriteNumber("lat", place.Latitude);
            json.WriteNumber("lon", place.Longitude);
        }

        json.WriteEndObject();
    }
}

/// <summary>GeoJSON (RFC 7946): a feature collection of points; an item without a place has a null geometry.</summary>
internal sealed class GeoJsonFormat(ListContent content, ListAbout about) : JsonFormat(content)
{
    public override string Header => $"{{\"type\":\"FeatureCollection\",\"{ListAbout.Name}\":{about.ToJson()},\"features\":[\n";

    public override string Separator => ",";

    public override string Trailer => "]}\n";

    protected override void Write(Utf8JsonWriter json, ListItem item, ListScores scores)
    {
        json.WriteStartObject();
        json.WriteString("type", "Feature");
        json.WriteString("id", item.Id);
        if (scores.Place is { } place)
        {
            json.WriteStartObject("geometry");
            json.WriteString("type", "Point");
            json.WriteStartArray("coordinates");
            json.WriteNumberValue(place.Longitude);
            json.WriteNumberValue(place.Latitude);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("geometry");
        }

        json.WriteStartObject("properties");
        WriteFields(json, item, scores);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
