using GeoTagService.Core;
using Parquet;
using Parquet.Schema;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>A Parquet file with the columns of a list by their names. Photos are paths or addresses, or bytes in the column <c>image</c>
/// or in its members <c>bytes</c> and <c>path</c>, as data sets of photos have them. Read by row groups: one is in use while the next is
/// read.</summary>
internal sealed class ParquetList : ListSource
{
    private readonly FileStream _file;
    private readonly ParquetReader _reader;
    private readonly List<(ListColumn Column, DataField Field)> _columns = [];
    private readonly long[] _rows;
    private string? _identity;
    private long _position;
    private long _row;
    private Task<object?[][]> _loading = Task.FromResult(Array.Empty<object?[]>());

    /// <summary>Opens the file and reads its schema.</summary>
    /// <exception cref="RunFailureException">It is damaged, or nothing in it could be tagged.</exception>
    public ParquetList(string path, ListColumns columns)
    {
        Location = Path.GetFullPath(path);
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            _reader = Wait(() => ParquetReader.CreateAsync(_file, null, true));
            var names = _reader.Schema.DataFields.Select(NameOf).ToList();
            columns.Require([.. names.Select(name => ColumnName(name, columns)).Distinct()], path);
            foreach (var field in _reader.Schema.DataFields)
            {
                if (columns.Find(ColumnName(NameOf(field), columns)) is { } column)
                {
                    _columns.Add((column, Readable(field, path)));
                }
            }

            Note = columns.Describe([.. names.Select(name => ColumnName(name, columns)).Distinct()]);
            _rows = [.. Enumerable.Range(0, _reader.RowGroupCount).Select(RowsOf)];
        }
        catch (Exception fault) when (fault is not (RunFailureException or OutOfMemoryException))
        {
            _file.Dispose();
            throw new RunFailureException(RunFailure.Request, $"{path} is no Parquet file that can be read: {fault.Message}", fault);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public override string Location { get; }

    public override string Identity => _identity ??= DigestOf(Location);

    public override string? Note { get; }

    public override double Fraction => (double)_row / Math.Max(1, _rows.Sum());

    /// <summary>The offset is the row in this file.</summary>
    public override ListBookmark Bookmark => new(_position, _row);

    public override IEnumerable<ListItem> Read(ListBookmark from)
    {
        var (group, first) = (0, 0L);
        while (group < _rows.Length && first + _rows[group] <= from.Offset)
        {
            first += _rows[group++];
        }

        (_position, _row) = (from.Position, from.Offset);
        _loading = Load(group);
        for (; group < _rows.Length; first += _rows[group++])
        {
            var values = Wait(() => _loading);
            _loading = Load(group + 1);
            for (var row = _row - first; row < _rows[group]; row++, _row++, _position++)
            {
                yield return Item(values, (int)row);
            }
        }
    }

    public override void Dispose()
    {
        Wait(async () =>
        {
            await Task.WhenAny(_loading).ConfigureAwait(false);
            await _reader.DisposeAsync().ConfigureAwait(false);
            return true;
        });
        _file.Dispose();
    }

    /// <summary>The library reads asynchronously alone, and a list is read by a thread of its own.</summary>
    private static T Wait<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();

    private static string NameOf(DataField field) => string.Join('.', field.Path.ToList());

    /// <summary>What a field is called among the columns: <c>image.bytes</c> and <c>image.path</c> are the image.</summary>
    private static string ColumnName(string name, ListColumns columns) =>
        name.LastIndexOf('.') is > 0 and var dot && name[dot..] is ".bytes" or ".path" && columns.Find(name[..dot]) == ListColumn.Image
            ? name[..dot]
            : name;

    private static DataField Readable(DataField field, string path) =>
        field.MaxRepetitionLevel == 0 && ParquetValues.IsKnown(field.ClrType)
            ? field
            : throw new RunFailureException(
                RunFailure.Request,
                $"{path}: column {NameOf(field)} is of a kind that is not read ({field.ClrType.Name}); a column is text, a number or bytes, and embeddings are base64 or bytes"
            );

    private long RowsOf(int group)
    {
        using var reader = _reader.OpenRowGroupReader(group);
        return reader.RowCount;
    }

    private Task<object?[][]> Load(int group) =>
        group < _rows.Length ? Task.Run(() => LoadAsync(group)) : Task.FromResult(Array.Empty<object?[]>());

    private async Task<object?[][]> LoadAsync(int group)
    {
        using var reader = _reader.OpenRowGroupReader(group);
        var values = new object?[_columns.Count][];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = await ParquetValues.ReadAsync(reader, _columns[i].Field, (int)reader.RowCount).ConfigureAwait(false);
        }

        return values;
    }

    private ListItem Item(object?[][] values, int row)
    {
        var fields = new ListFields(_position);
        PhotoRead? photo = null;
        for (var i = 0; i < values.Length; i++)
        {
            switch (values[i][row])
            {
                case null:
                    break;
                case byte[] bytes when _columns[i].Column == ListColumn.Image:
                    photo = new PhotoRead(bytes, new PhotoStamp(ItemKey.Digest(bytes), bytes.Length, 0));
                    break;
                case var value:
                    ParquetValues.Set(fields, _columns[i].Column, value);
                    break;
            }
        }

        return fields.ToItem() with
        {
            Photo = photo,
        };
    }
}
