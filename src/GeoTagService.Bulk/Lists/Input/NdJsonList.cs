namespace GeoTagService.Bulk.Lists.Input;

/// <summary>A file with one JSON object a line.</summary>
internal sealed class NdJsonList(string path, ListColumns columns) : ListSource
{
    private readonly ByteWindow _window = new(
        new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan)
    );

    private string? _identity;
    private long _position;

    private readonly long _length = Math.Max(1, new FileInfo(path).Length);

    public override string Location { get; } = Path.GetFullPath(path);

    public override string Identity => _identity ??= DigestOf(path);

    public override double Fraction => (double)_window.Consumed / _length;

    public override ListBookmark Bookmark => new(_position, _window.Consumed);

    public override IEnumerable<ListItem> Read(ListBookmark from)
    {
        if (from.Offset > 0)
        {
            _window.GoTo(from.Offset);
        }

        _position = from.Position;
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
                yield return Parse(line.Span, _position);
                _position++;
            }

            _window.Consume(end < 0 ? length : length + 1);
        }
    }

    public override void Dispose() => _window.Dispose();

    private ListItem Parse(ReadOnlySpan<byte> line, long position)
    {
        var fields = new ListFields(position);
        JsonRow.Read(line, columns, fields, "line");
        return fields.ToItem();
    }
}
