using Microsoft.Win32.SafeHandles;

namespace GeoTagService.Bulk.Lists.Ledgers;

/// <summary>A row that an earlier pass wrote.</summary>
/// <param name="Pass">Which pass.</param>
/// <param name="Record">Its record.</param>
internal readonly record struct EarlierRow(int Pass, ItemRecord Record);

/// <summary>What the passes before have done, so that it is taken over instead of being tagged again.</summary>
internal sealed class EarlierRows : IDisposable
{
    private readonly List<(ItemJournal Journal, SafeFileHandle Rows, SafeFileHandle? Errors)> _passes = [];
    private readonly Dictionary<UInt128, (int Pass, int Index)> _byKey = [];

    /// <summary>Opens them.</summary>
    public EarlierRows(RunPaths paths, ListLedger ledger)
    {
        Pass = ledger.Pass;
        KeepsVanished = ledger.KeepsVanished;
        foreach (var (suffix, items) in ledger.Earlier)
        {
            _passes.Add(
                (
                    new ItemJournal(paths.ItemsOf(suffix), items),
                    File.OpenHandle(paths.RowsOf(suffix), share: FileShare.ReadWrite | FileShare.Delete),
                    // Where nothing was rejected there is none.
                    File.Exists(paths.ErrorsOf(suffix))
                        ? File.OpenHandle(paths.ErrorsOf(suffix), share: FileShare.ReadWrite | FileShare.Delete)
                        : null
                )
            );
            var index = 0;
            foreach (var record in _passes[^1].Journal.Read())
            {
                if (record.State == ItemState.Done)
                {
                    _byKey[record.Key] = (_passes.Count - 1, index);
                }

                index++;
            }
        }
    }

    /// <summary>Why the present pass is made.</summary>
    public ListPass Pass { get; }

    /// <summary>Whether rows of items that the list has no more are kept.</summary>
    public bool KeepsVanished { get; }

    /// <summary>The row of an item that says the same, or null.</summary>
    public EarlierRow? Find(UInt128 key) =>
        _byKey.TryGetValue(key, out var at) ? new EarlierRow(at.Pass, _passes[at.Pass].Journal[at.Index]) : null;

    /// <summary>The item at the same place of the list that is tried again; null where it was another one.</summary>
    public EarlierRow? At(long ordinal, UInt128 key) =>
        ordinal < _passes[0].Journal.Count && _passes[0].Journal[ordinal] is var record && record.Key == key
            ? new EarlierRow(0, record)
            : null;

    /// <summary>Reads the row or the fault; null where the file is not what the journal says, because it was edited.</summary>
    public byte[]? Read(EarlierRow row)
    {
        var (_, rows, errors) = _passes[row.Pass];
        if ((row.Record.State == ItemState.Done ? rows : errors) is not { } file)
        {
            return null;
        }

        var bytes = new byte[row.Record.Length];
        var read = RandomAccess.Read(file, bytes, row.Record.Offset);
        return read == bytes.Length && ItemRecord.CheckOf(bytes) == row.Record.Check ? bytes : null;
    }

    /// <summary>Rows of items whose id the list has no more, in their old order. What a later pass says of an id counts.</summary>
    /// <param name="ids">Digests of the list's ids.</param>
    public IEnumerable<ItemRecord> Vanished(HashSet<ulong> ids)
    {
        var last = new Dictionary<ulong, int>();
        for (var pass = 0; pass < _passes.Count; pass++)
        {
            foreach (var record in _passes[pass].Journal.Read().Where(record => record.State == ItemState.Done && !ids.Contains(record.Id)))
            {
                last[record.Id] = pass;
            }
        }

        for (var pass = 0; pass < _passes.Count; pass++)
        {
            foreach (var record in _passes[pass].Journal.Read())
            {
                if (record.State == ItemState.Done && last.GetValueOrDefault(record.Id, -1) == pass)
                {
                    yield return record;
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (var (journal, rows, errors) in _passes)
        {
            journal.Dispose();
            rows.Dispose();
            errors?.Dispose();
        }
    }
}
