using System.Text;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>A CSV or TSV file with a header.</summary>
internal sealed class DelimitedList : ListSource
{
    private readonly DelimitedReader _reader;
    private readonly ListColumn?[] _columns;
    private readonly long _length;

    /// <summary>Opens the list and reads its header.</summary>
    public DelimitedList(string path, ListColumns columns, byte delimiter)
    {
        Identity = IdentityOf(path);
        _length = Math.Max(1, new FileInfo(path).Length);
        _reader = new DelimitedReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan), delimiter);
        try
        {
            if (!_reader.Read())
            {
                throw new RunFailureException(RunFailure.Request, $"{path} is empty; its first line names the columns");
            }

            var header = Enumerable.Range(0, _reader.Count).Select(i => Encoding.UTF8.GetString(_reader[i]).Trim()).ToArray();
            columns.Require(header, path);
            _columns = [.. header.Select(columns.Find)];
            Note = columns.Describe(header);
        }
        catch
        {
            _reader.Dispose();
            throw;
        }
    }

    public override string Identity { get; }

    public override string? Note { get; }

    public override double Fraction => (double)_reader.Consumed / _length;

    public override IEnumerable<ListItem> Read()
    {
        for (var position = 0L; _reader.Read(); position++)
        {
            var fields = new ListFields(position);
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
}
