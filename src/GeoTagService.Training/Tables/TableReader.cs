using System.Text;

namespace GeoTagService.Training.Tables;

/// <summary>A CSV file as the competition's come: a header, comma-separated, quotes where needed, most lines in UTF-8 and
/// some in Windows-1252, a few broken. Read as a stream; a line that is broken is skipped and counted.</summary>
/// <remarks>A quote that is never closed would swallow the rest of the file; a record of more than 20 lines is taken for
/// one, its first line counts as broken, and reading goes on behind it.</remarks>
public sealed class TableReader : IDisposable
{
    private const int MostLines = 20;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private static readonly Encoding Western = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    private readonly string _path;
    private readonly Stream _stream;
    private readonly Queue<byte[]> _ahead = new();
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _at;
    private int _end;
    private int _lines;

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="InvalidDataException">It is empty.</exception>
    public TableReader(string path)
    {
        _path = path;
        _stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0, FileOptions.SequentialScan);
        try
        {
            var fields = NextRecord() ?? throw new InvalidDataException($"{path} is empty");
            Header = [.. fields.Select(name => name.Trim().TrimStart('\uFEFF'))];
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>Names of the columns.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>The line on which the last record begins, from 1; the header's is 1.</summary>
    public int Line { get; private set; }

    /// <summary>Lines that were broken so far.</summary>
    public int Broken { get; private set; }

    /// <summary>The first of them and what is wrong with it; null while none is.</summary>
    public string? FirstFault { get; private set; }

    /// <summary>Share of the file that was read, 0..1.</summary>
    public double Fraction => _stream.Length == 0 ? 1 : (double)_stream.Position / _stream.Length;

    /// <summary>The number of a column.</summary>
    /// <exception cref="InvalidDataException">There is none of that name; the message lists those that are there.</exception>
    public int Column(string name)
    {
        for (var i = 0; i < Header.Count; i++)
        {
            if (Header[i] == name)
            {
                return i;
            }
        }

        throw new InvalidDataException($"{_path} has no column '{name}'; its header is {string.Join(", ", Header.Take(60))}");
    }

    /// <summary>Counts a record as broken whose fields make no sense to the caller.</summary>
    /// <param name="why">What is wrong with it, for the first one.</param>
    public void CountBroken(string why = "its values make no sense")
    {
        Broken++;
        FirstFault ??= $"{_path}, line {Line}: {why}";
    }

    /// <summary>The rows, each with as many fields as the header.</summary>
    public IEnumerable<string[]> Rows()
    {
        while (NextRecord() is { } fields)
        {
            if (fields.Length == Header.Count)
            {
                yield return fields;
            }
            else
            {
                CountBroken($"{fields.Length} fields, where the header has {Header.Count}");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private string[]? NextRecord()
    {
        while (NextLine() is { } line)
        {
            if (line.Length == 0)
            {
                continue;
            }

            Line = _lines;
            var lines = new List<byte[]> { line };
            var quotes = Quotes(line);
            while (quotes % 2 != 0 && lines.Count < MostLines && NextLine() is { } more)
            {
                lines.Add(more);
                quotes += Quotes(more);
            }

            if (quotes % 2 == 0)
            {
                return Split(Decode(lines));
            }

            CountBroken("a quote that is not closed");
            var rest = _ahead.ToArray();
            _ahead.Clear();
            _lines -= lines.Count - 1;
            foreach (var read in lines.Skip(1).Concat(rest))
            {
                _ahead.Enqueue(read);
            }
        }

        return null;
    }

    private static int Quotes(byte[] line) => line.AsSpan().Count((byte)'"');

    private static string Decode(List<byte[]> lines)
    {
        var bytes = lines[0];
        for (var i = 1; i < lines.Count; i++)
        {
            bytes = [.. bytes, (byte)'\n', .. lines[i]];
        }

        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Western.GetString(bytes);
        }
    }

    private static string[] Split(string record)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < record.Length; i++)
        {
            var c = record[i];
            if (c == '"')
            {
                if (quoted && i + 1 < record.Length && record[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else
                {
                    quoted = !quoted;
                }
            }
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }

        fields.Add(field.ToString());
        return [.. fields];
    }

    private byte[]? NextLine()
    {
        var line = _ahead.TryDequeue(out var known) ? known : ReadLine();
        _lines += line is null ? 0 : 1;
        return line;
    }

    private byte[]? ReadLine()
    {
        List<byte>? pieces = null;
        while (true)
        {
            if (_at == _end)
            {
                _at = 0;
                _end = _stream.Read(_buffer);
                if (_end == 0)
                {
                    return pieces is null ? null : Trim([.. pieces]);
                }
            }

            var here = _buffer.AsSpan(_at, _end - _at);
            var newline = here.IndexOf((byte)'\n');
            var part = newline < 0 ? here : here[..newline];
            _at += part.Length + (newline < 0 ? 0 : 1);
            if (newline >= 0 && pieces is null)
            {
                return Trim(part.ToArray());
            }

            (pieces ??= []).AddRange(part);
            if (newline >= 0)
            {
                return Trim([.. pieces]);
            }
        }
    }

    private static byte[] Trim(byte[] line) => line is [.., (byte)'\r'] ? line[..^1] : line;
}
