using System.Text;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>A CSV or TSV file with a header.</summary>
internal sealed class DelimitedList : ListSource
{
    private readonly DelimitedReader _reader;
    private readonly ListColumn?[] _columns;
    private readonly long _length;
    private string? _identity;
    private long _position;

    private static readonly byte[] Delimiters = [(byte)',', (byte)';', (byte)'\t', (byte)'|'];

    /// <summary>Opens the list and reads its header. Where that makes sense with another delimiter only, as in what Excel writes where
    /// numbers have a decimal comma, that one is taken and told.</summary>
    public DelimitedList(string path, ListColumns columns, byte delimiter)
    {
        TextEncoding.RequireUtf8(path);
        var (usual, said) = (delimiter, SaidDelimiter(path));
        delimiter = said ?? Suiting(path, columns, usual);
        Location = Path.GetFullPath(path);
        _length = Math.Max(1, new FileInfo(path).Length);
        _reader = new DelimitedReader(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan),
            delimiter
        );
        try
        {
            if (!_reader.Read() || (said is not null && !_reader.Read()))
            {
                throw new RunFailureException(RunFailure.Request, $"{path} is empty; its first line names the columns");
            }

            var header = HeaderOf(_reader);
            columns.Require(header, path);
            _columns = [.. header.Select(columns.Find)];
            for (var i = 0; i < _columns.Length; i++)
            {
                _columns[i] = Array.IndexOf(_columns, _columns[i]) == i ? _columns[i] : null;
            }

            var separated = delimiter == usual ? null : $"{path} is separated by {(delimiter == '\t' ? "tabs" : $"'{(char)delimiter}'")}";
            Note = string.Join("; ", new[] { separated, columns.Describe(header) }.OfType<string>()) is { Length: > 0 } note ? note : null;
        }
        catch
        {
            _reader.Dispose();
            throw;
        }
    }

    public override string Location { get; }

    public override string Identity => _identity ??= DigestOf(Location);

    public override string? Note { get; }

    public override double Fraction => (double)_reader.Consumed / _length;

    public override ListBookmark Bookmark => new(_position, _reader.Consumed, _reader.Line);

    public override IEnumerable<ListItem> Read(ListBookmark from)
    {
        if (from.Offset > 0)
        {
            _reader.GoTo(from.Offset, from.Line);
        }

        for (_position = from.Position; _reader.Read(); _position++)
        {
            var fields = new ListFields(_position);
            var line = _reader.Line;
            if (_reader.Fault is { } fault)
            {
                fields.Reject(null, $"Line {line}: {fault}.");
            }
            else if (_reader.Count > _columns.Length)
            {
                fields.Reject(null, $"Line {line} has {_reader.Count} fields; the header names {_columns.Length}.");
            }

            for (var i = 0; i < _columns.Length; i++)
            {
                if (_columns[i] is { } column)
                {
                    fields.Set(column, _reader[i]);
                }
            }

            yield return fields.ToItem();
        }
    }

    public override void Dispose() => _reader.Dispose();

    /// <summary>What Excel's first line says, <c>sep=;</c>.</summary>
    private static byte? SaidDelimiter(string path)
    {
        if (new FileInfo(path).Length == 0)
        {
            return null;
        }

        using var file = File.OpenRead(path);
        var start = new byte[16];
        var text = start.AsSpan(0, file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false));
        text = text.StartsWith(Encoding.UTF8.Preamble) ? text[3..] : text;
        return text.Length > 5 && text.StartsWith("sep="u8) && text[5] is (byte)'\r' or (byte)'\n' ? text[4] : null;
    }

    /// <summary>The delimiter by which the header has a column that can be tagged: the usual one before others.</summary>
    private static byte Suiting(string path, ListColumns columns, byte usual)
    {
        // A pipe can be read once only.
        if (new FileInfo(path).Length == 0)
        {
            return usual;
        }

        foreach (var candidate in Delimiters.Prepend(usual))
        {
            using var reader = new DelimitedReader(File.OpenRead(path), candidate);
            if (reader.Read() && columns.AreTaggable(HeaderOf(reader)))
            {
                return candidate;
            }
        }

        return usual;
    }

    private static string[] HeaderOf(DelimitedReader reader) =>
        [.. Enumerable.Range(0, reader.Count).Select(i => Encoding.UTF8.GetString(reader[i]).Trim())];
}
