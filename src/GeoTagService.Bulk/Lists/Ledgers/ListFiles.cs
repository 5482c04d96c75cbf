using System.Text;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Ledgers;

/// <summary>A finished item on its way to the files.</summary>
/// <param name="Record">Its record; place and check are set when it is written.</param>
/// <param name="Bytes">Its row, without separator, or its fault's line.</param>
/// <param name="IsTakenOver">Whether an earlier pass had done it.</param>
internal readonly record struct FinishedItem(ItemRecord Record, ReadOnlyMemory<byte> Bytes, bool IsTakenOver = false);

/// <summary>Output, errors, journal and ledger of one pass, kept in step: what the ledger says is on disk, whatever happens.</summary>
internal sealed class ListFiles : IDisposable
{
    private static readonly TimeSpan LedgerInterval = TimeSpan.FromSeconds(1);

    private readonly RowFormat _format;
    private readonly RunPaths _paths;
    private readonly RunLease _lease;
    private readonly FileStream _output;
    private readonly FileStream _errors;
    private readonly FileStream _items;
    private readonly FileStream[] _files;
    private readonly long[] _flushed;
    private readonly ItemJournal? _before;
    private readonly TimeProvider _time;
    private readonly byte[] _record = new byte[ItemRecord.Size];
    private ListLedger? _onDisk;
    private long _saved;

    /// <summary>Starts a pass, or goes on where it stopped.</summary>
    /// <param name="paths">The run's files.</param>
    /// <param name="ledger">How far the pass is.</param>
    /// <param name="format">Format of the rows.</param>
    /// <param name="lease">Says that this process alone writes them.</param>
    /// <param name="time">The clock that the ledger is saved by.</param>
    /// <exception cref="RunFailureException">The files are not what the ledger says.</exception>
    public ListFiles(RunPaths paths, ListLedger ledger, RowFormat format, RunLease lease, TimeProvider time)
    {
        (_paths, _format, _lease, _time) = (paths, format, lease, time);
        Ledger = ledger with { Form = ListLedger.CurrentForm, Epoch = lease.Epoch };
        var isNew = ledger is { OutputBytes: 0, Recorded: 0 };
        if (isNew)
        {
            // Before the files: a kill in between must not leave an output that no ledger knows.
            SaveLedger();
        }

        _output = OpenAt(paths.RowsOf(ledger.Suffix), ledger.OutputBytes);
        _errors = OpenAt(paths.ErrorsOf(ledger.Suffix), ledger.ErrorBytes);
        _items = OpenAt(paths.ItemsOf(ledger.Suffix), ledger.Recorded * ItemRecord.Size);
        _files = [_output, _errors, _items];
        _flushed = [.. _files.Select(file => file.Position)];
        if (isNew)
        {
            // On disk with the first rows: the ledger knows of no byte yet, and a run that goes on there begins the files anew.
            _output.Write(Encoding.UTF8.GetBytes(_format.Header));
        }
        else
        {
            _before = new ItemJournal(paths.ItemsOf(ledger.Suffix), ledger.Recorded);
            Recorded = ledger.Recorded;
        }

        _saved = time.GetTimestamp();
    }

    /// <summary>How far the pass is.</summary>
    public ListLedger Ledger { get; private set; }

    /// <summary>How many items were recorded when the pass was resumed.</summary>
    public long Recorded { get; }

    /// <summary>Says that the list is the one that was begun with, as far as it was worked through.</summary>
    /// <param name="ordinal">Which item of this part, from 0; below <see cref="Recorded"/>.</param>
    /// <param name="key">Its key as the list is now.</param>
    /// <exception cref="RunFailureException">The item is another one.</exception>
    public void RequireSame(long ordinal, UInt128 key)
    {
        var record = _before![ordinal];
        if (record.Key != key)
        {
            throw new RunFailureException(
                RunFailure.Request,
                $"the list was changed since the run began: item {record.Position} is not what was tagged; --update tags what is new or changed and keeps the rest, --restart begins again"
            );
        }
    }

    /// <summary>Adds finished items.</summary>
    /// <param name="items">In their order.</param>
    /// <param name="next">Position of the first item after them.</param>
    public void Add(IReadOnlyList<FinishedItem> items, long next)
    {
        foreach (var (record, bytes, isTakenOver) in items)
        {
            var isDone = record.State == ItemState.Done;
            var file = isDone ? _output : _errors;
            if (isDone && Ledger.Done > 0)
            {
                file.Write(Encoding.UTF8.GetBytes(_format.Separator));
            }

            (record with { Offset = file.Position, Length = bytes.Length, Check = ItemRecord.CheckOf(bytes.Span) }).Write(_record);
            file.Write(bytes.Span);
            _items.Write(_record);
            Ledger = Ledger with
            {
                Done = Ledger.Done + (isDone ? 1 : 0),
                Rejected = Ledger.Rejected + (isDone ? 0 : 1),
                Passing = Ledger.Passing + (record.State == ItemState.RejectedInPassing ? 1 : 0),
                TakenOver = Ledger.TakenOver + (isTakenOver ? 1 : 0),
            };
        }

        Ledger = Ledger with { Next = next };
        if (_time.GetElapsedTime(_saved) >= LedgerInterval)
        {
            Save();
        }
    }

    /// <summary>Brings the ledger up to what was written.</summary>
    public void Save()
    {
        FlushFiles();
        if (Ledger != _onDisk)
        {
            SaveLedger();
        }

        _saved = _time.GetTimestamp();
    }

    /// <summary>Ends the pass: nothing is pending.</summary>
    public void Complete()
    {
        _output.Write(Encoding.UTF8.GetBytes(_format.Trailer));
        FlushFiles();
        Ledger = Ledger with
        {
            Complete = true,
            Digests = new LedgerDigests(RunPaths.DigestOf(_output.Name), RunPaths.DigestOf(_errors.Name), RunPaths.DigestOf(_items.Name)),
        };
        Save();
    }

    public void Dispose()
    {
        _before?.Dispose();
        _output.Dispose();
        _errors.Dispose();
        _items.Dispose();
    }

    /// <summary>Brings to disk what was written. A disk takes milliseconds for each file, which a task of a few rows would feel:
    /// a file that has nothing new is left alone.</summary>
    private void FlushFiles()
    {
        for (var i = 0; i < _files.Length; i++)
        {
            if (_files[i].Position != _flushed[i])
            {
                _files[i].Flush(flushToDisk: true);
                _flushed[i] = _files[i].Position;
            }
        }

        Ledger = Ledger with { OutputBytes = _output.Position, ErrorBytes = _errors.Position };
    }

    private void SaveLedger()
    {
        _lease.Require();
        Ledger.Save(Ledger.Suffix.Length > 0 ? _paths.Update : _paths.Ledger);
        _onDisk = Ledger;
    }

    private FileStream OpenAt(string path, long length)
    {
        if (_lease.IsTakenOver && File.Exists(path))
        {
            // Whoever held the lease may live after all and write on: into a file that is no more.
            File.Copy(path, path + ".tmp", overwrite: true);
            File.Move(path + ".tmp", path, overwrite: true);
        }

        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        if (file.Length < length)
        {
            var found = file.Length;
            file.Dispose();
            throw new RunFailureException(
                RunFailure.Request,
                $"{path} has {found} bytes; its ledger counts {length}. It was changed since; --restart begins again"
            );
        }

        file.SetLength(length);
        file.Position = length;
        return file;
    }
}
