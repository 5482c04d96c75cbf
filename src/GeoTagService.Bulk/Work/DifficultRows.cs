using System.Text.Json;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Work;

/// <summary>A row whose photo could not be had.</summary>
/// <param name="Id">Geograph's id of the photo.</param>
/// <param name="Path">Where it was looked for.</param>
/// <param name="Times">How often in turn.</param>
/// <param name="Why">What was wrong the last time.</param>
internal sealed record DifficultRow(long Id, string Path, int Times, string Why);

/// <summary>
/// Rows whose photos could not be had, counted over restarts in <c>difficult.json</c>. One that failed too often is set
/// aside: neither fetched nor reported, so that it is in nobody's way. Who deletes the file has all of them tried again.
/// </summary>
internal sealed class DifficultRows
{
    private const string Name = "difficult.json";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string _path;
    private readonly int _attempts;
    private readonly Dictionary<long, DifficultRow> _rows = [];

    /// <summary>Reads what earlier runs found.</summary>
    /// <exception cref="RunFailureException">The file is not ours.</exception>
    public DifficultRows(string directory, int attempts)
    {
        _path = Path.Combine(Directory.CreateDirectory(directory).FullName, Name);
        _attempts = attempts;
        if (!File.Exists(_path))
        {
            return;
        }

        try
        {
            foreach (var row in JsonSerializer.Deserialize<DifficultRow[]>(File.ReadAllBytes(_path), Options)!)
            {
                _rows[row.Id] = row;
            }
        }
        catch (JsonException fault)
        {
            throw new RunFailureException(
                RunFailure.Environment,
                $"{_path} is not what a worker wrote; delete it to have its photos tried again",
                fault
            );
        }
    }

    /// <summary>How many are set aside.</summary>
    public int Aside => _rows.Values.Count(row => row.Times >= _attempts);

    /// <summary>Whether a row is set aside.</summary>
    public bool IsAside(long id) => _rows.TryGetValue(id, out var row) && row.Times >= _attempts;

    /// <summary>Counts a failure.</summary>
    /// <returns>Whether the row is set aside now.</returns>
    public bool Failed(WorkRow row, string why)
    {
        ArgumentNullException.ThrowIfNull(row);
        var times = _rows.GetValueOrDefault(row.Id)?.Times ?? 0;
        _rows[row.Id] = new DifficultRow(row.Id, row.Path, times + 1, why);
        return times + 1 >= _attempts;
    }

    /// <summary>Forgets a row whose photo was had after all.</summary>
    public void Had(long id) => _rows.Remove(id);

    /// <summary>Keeps what is known, in one step.</summary>
    public void Save()
    {
        if (_rows.Count == 0)
        {
            File.Delete(_path);
            return;
        }

        using (var file = File.Create(_path + ".tmp"))
        {
            JsonSerializer.Serialize(file, _rows.Values.OrderBy(row => row.Id), Options);
            file.Flush(flushToDisk: true);
        }

        File.Move(_path + ".tmp", _path, overwrite: true);
    }
}
