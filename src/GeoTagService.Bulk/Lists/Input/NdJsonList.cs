using System.Text;
using System.Text.Json;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>A file with one JSON object a line.</summary>
internal sealed class NdJsonList(string path, ListColumns columns) : ListSource
{
    private readonly ByteWindow _window = new(
        new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan));

    private readonly long _length = Math.Max(1, new FileInfo(path).Length);

    public override string Identity { get; } = IdentityOf(path);

    public override double Fraction => (double)_window.Consumed / _length;

    public override IEnumerable<ListItem> Read()
    {
        var position = 0L;
        while (true)
        {
            var end = _window.Unread.Span.IndexOf((byte)'\n');
            if (end < 0 && !_window.Ended)
            {
                _window.Fill();
                continue;
            }

            if (end < 0 && _window.Unread.IsEmpty)
            {
                yield break;
            }

            var length = end < 0 ? _window.Unread.Length : end;
            var line = _window.Unread[..length];
            if (line.Span.ContainsAnyExcept(" \t\r"u8))
            {
                yield return Parse(line.Span, position++);
            }

            _window.Consume(end < 0 ? length : length + 1);
        }
    }

    public override void Dispose() => _window.Dispose();

    private ListItem Parse(ReadOnlySpan<byte> line, long position)
    {
        var fields = new ListFields(position);
        try
        {
            var reader = new Utf8JsonReader(line.StartsWith(Encoding.UTF8.Preamble) ? line[3..] : line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                fields.Reject(null, "The line is not a JSON object.");
                return fields.ToItem();
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
            fields.Reject(null, "The line is not JSON.");
        }

        return fields.ToItem();
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
                fields.Set(column, Encoding.UTF8.GetBytes(reader.GetString()!));
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
