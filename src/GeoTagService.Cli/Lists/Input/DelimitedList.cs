using System.Text;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Lists.Input;

/// <summary>A CSV or TSV file with a header.</summary>
internal sealed class DelimitedList : ListSource
{
    private readonly string _path;
    private readonly DelimitedReader _reader;
    private readonly ListColumn?[] _columns;
    private readonly long _length;

    /// <summary>Opens the list and reads its header.</summary>
    public DelimitedList(string path, ListColumns columns, byte delimiter)
    {
        _path = path;
        _length = Math.Max(1, new FileInfo(path).Length);
        _reader = new DelimitedReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan), delimiter);
        try
        {
            if (!_reader.Read())
            {
                throw new CommandFailureException(ExitCode.Usage, $"{path} is empty; its first line names the columns");
            }

            _columns = new ListColumn?[_reader.Count];
            for (var i = 0; i < _columns.Length; i++)
            {
                _columns[i] = columns.Find(Encoding.UTF8.GetString(_reader[i]).Trim());
            }

            columns.Require(_columns.OfType<ListColumn>(), path);
        }
        catch
        {
            _reader.Dispose();
            throw;
        }
    }

    public override string Identity => $"{Path.GetFullPath(_path)} {_length}";

    public override double Fraction => (double)_reader.Consumed / _length;

    public override IEnumerable<ListItem> Read()
    {
        for (var position = 0L; _reader.Read(); position++)
        {
            var fields = new ListFields(position);
            if (_reader.Fault is { } fault)
            {
                fields.Reject(null, $"The row is not well formed: {fault}.");
            }
            else if (_reader.Count > _columns.Length)
            {
                fields.Reject(null, $"The row has {_reader.Count} fields; the header names {_columns.Length}.");
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
