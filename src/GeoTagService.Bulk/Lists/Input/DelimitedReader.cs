using System.Text;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>
/// Reads CSV (RFC 4180) as bytes: a row with embeddings is six kilobytes of base64 that would gain nothing from becoming
/// text first, and a million of them are read in seconds.
/// </summary>
internal sealed class DelimitedReader(Stream stream, byte delimiter) : IDisposable
{
    private const byte Quote = (byte)'"';

    private readonly ByteWindow _window = new(stream);
    private readonly List<Field> _fields = [];
    private ReadOnlyMemory<byte> _record;
    private int _length;
    private bool _began;

    /// <summary>Bytes read so far.</summary>
    public long Consumed => _window.Consumed;

    /// <summary>Line of the file on which the record begins, from 1; a quoted field may hold line ends.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>How many fields the record has.</summary>
    public int Count => _fields.Count;

    /// <summary>What is wrong with the record's quotes, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>A field without its quotes; empty where the record is too short. Valid until the next record.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            if (index < 0 || index >= _fields.Count)
            {
                return [];
            }

            var field = _fields[index];
            var bytes = _record.Span[field.Start..field.End];
            return field.HasQuotes
                ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("\"\"", "\"", StringComparison.Ordinal))
                : bytes;
        }
    }

    /// <summary>Goes to the next record that is not blank.</summary>
    public bool Read()
    {
        Advance();
        while (true)
        {
            if (!_began && (_window.Unread.Length >= 3 || _window.Ended))
            {
                _began = true;
                if (_window.Unread.Span.StartsWith(Encoding.UTF8.Preamble))
                {
                    _window.Consume(Encoding.UTF8.Preamble.Length);
                }
            }

            if (_began && TryScan(_window.Unread.Span))
            {
                _record = _window.Unread;
                // A quoted nothing is a field; a line without anything is no record.
                if (_fields is not [{ Start: 0, End: 0 }])
                {
                    return true;
                }

                Advance();
                continue;
            }

            if (_window.Ended && _window.Unread.IsEmpty)
            {
                return false;
            }

            _window.Fill();
        }
    }

    /// <summary>Goes to where a record begins, so that <see cref="Read"/> reads it next.</summary>
    /// <param name="offset">As <see cref="Consumed"/> said it, when that record was read.</param>
    /// <param name="line">As <see cref="Line"/> said it.</param>
    public void GoTo(long offset, long line)
    {
        _window.GoTo(offset);
        (Line, _length, _began) = (line, 0, true);
    }

    public void Dispose() => _window.Dispose();

    private void Advance()
    {
        Line += _window.Unread.Span[.._length].Count((byte)'\n');
        _window.Consume(_length);
        _length = 0;
    }

    /// <summary>Finds the record's end and its fields; false when more bytes are needed to know.</summary>
    private bool TryScan(ReadOnlySpan<byte> bytes)
    {
        _fields.Clear();
        Fault = null;
        if (bytes.IsEmpty)
        {
            return false;
        }

        var position = 0;
        while (true)
        {
            Field field;
            int after;
            if (position < bytes.Length && bytes[position] == Quote)
            {
                var (end, doubled) = ClosingQuote(bytes, position + 1);
                if (end < 0)
                {
                    if (!_window.Ended)
                    {
                        return false;
                    }

                    // A quote that is never closed takes the rest of the file with it; what it took is told.
                    Fault =
                        $"a quote is opened and not closed, and so all that follows belongs to it ({Counted.Of(bytes.Count((byte)'\n'), "line")})";
                    end = bytes.Length;
                }

                field = new Field(position + 1, end, doubled);
                after = Math.Min(end + 1, bytes.Length);
                if (after == bytes.Length && !_window.Ended)
                {
                    return false;
                }
            }
            else
            {
                field = new Field(position, position, false);
                after = position;
            }

            var next = bytes[after..].IndexOfAny(delimiter, (byte)'\n');
            if (next < 0 && !_window.Ended)
            {
                return false;
            }

            var stop = next < 0 ? bytes.Length : after + next;
            var atEnd = next < 0 || bytes[stop] == (byte)'\n';
            var trimmed = atEnd && stop > after && bytes[stop - 1] == (byte)'\r' ? stop - 1 : stop;
            if (after == position)
            {
                field = new Field(position, trimmed, false);
            }
            else if (trimmed > after)
            {
                Fault ??= "text follows a closing quote";
            }

            _fields.Add(field);
            if (atEnd)
            {
                _length = next < 0 ? bytes.Length : stop + 1;
                return true;
            }

            position = stop + 1;
        }
    }

    private static (int End, bool Doubled) ClosingQuote(ReadOnlySpan<byte> bytes, int from)
    {
        var doubled = false;
        while (true)
        {
            var found = bytes[from..].IndexOf(Quote);
            if (found < 0)
            {
                return (-1, doubled);
            }

            var at = from + found;
            if (at + 1 >= bytes.Length || bytes[at + 1] != Quote)
            {
                return (at, doubled);
            }

            doubled = true;
            from = at + 2;
        }
    }

    private readonly record struct Field(int Start, int End, bool HasQuotes);
}
