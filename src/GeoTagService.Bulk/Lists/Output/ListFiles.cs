using System.Text;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Output;

/// <summary>Output, errors and ledger of one run, kept in step: what the ledger says is on disk, whatever happens.</summary>
internal sealed class ListFiles : IDisposable
{
    private static readonly TimeSpan LedgerInterval = TimeSpan.FromSeconds(1);

    private readonly RowFormat _format;
    private readonly string _ledgerPath;
    private readonly FileStream _output;
    private readonly FileStream _errors;
    private readonly TimeProvider _time;
    private long _saved;

    private ListFiles(ListLedger ledger, RowFormat format, string ledgerPath, FileStream output, FileStream errors, TimeProvider time)
    {
        Ledger = ledger;
        _format = format;
        _ledgerPath = ledgerPath;
        _output = output;
        _errors = errors;
        _time = time;
        _saved = time.GetTimestamp();
    }

    /// <summary>How far the run is.</summary>
    public ListLedger Ledger { get; private set; }

    /// <summary>Name of the ledger of an output.</summary>
    public static string LedgerOf(string output) => output + ".ledger";

    /// <summary>Starts a run, or goes on where one stopped.</summary>
    /// <param name="output">The file that rows are written to.</param>
    /// <param name="errors">The file that rejected items are written to.</param>
    /// <param name="ledger">The file of the ledger.</param>
    /// <param name="run">What is asked.</param>
    /// <param name="format">Format of the rows.</param>
    /// <param name="restart">Whether to begin again, whatever is there.</param>
    /// <param name="time">The clock that the ledger is saved by.</param>
    /// <exception cref="RunFailureException">The files belong to another run.</exception>
    public static ListFiles Open(
        string output, string errors, string ledger, string run, RowFormat format, bool restart, TimeProvider time)
    {
        var found = restart ? null : ListLedger.Load(ledger);
        if (found is null && !restart && (Exists(output) || Exists(errors)))
        {
            throw new RunFailureException(
                RunFailure.Request, $"{(Exists(output) ? output : errors)} exists and is not from an unfinished run; --restart replaces it");
        }

        if (found is not null && found.Run != run)
        {
            throw new RunFailureException(
                RunFailure.Request, $"{ledger} is from a run of another list, model or other options, or the list was changed since; finish that run, or replace it with --restart");
        }

        var state = found ?? new ListLedger { Run = run };
        var rows = OpenAt(output, state.OutputBytes);
        var faults = OpenAt(errors, state.ErrorBytes);
        var files = new ListFiles(state, format, ledger, rows, faults, time);
        if (found is null)
        {
            rows.Write(Encoding.UTF8.GetBytes(format.Header));
            files.Save();
        }

        return files;
    }

    /// <summary>Adds the rows of finished items.</summary>
    /// <param name="rows">Their rows, each with the separator in front.</param>
    /// <param name="faults">Their faults.</param>
    /// <param name="done">How many are done.</param>
    /// <param name="rejected">How many are rejected.</param>
    /// <param name="next">Position of the first item after them.</param>
    public void Add(ReadOnlySpan<byte> rows, ReadOnlySpan<byte> faults, int done, int rejected, long next)
    {
        _output.Write(Ledger.Done == 0 && done > 0 ? rows[_format.Separator.Length..] : rows);
        _errors.Write(faults);
        Ledger = Ledger with { Next = next, Done = Ledger.Done + done, Rejected = Ledger.Rejected + rejected };
        if (_time.GetElapsedTime(_saved) >= LedgerInterval)
        {
            Save();
        }
    }

    /// <summary>Brings the ledger up to what was written.</summary>
    public void Save()
    {
        _output.Flush(flushToDisk: true);
        _errors.Flush(flushToDisk: true);
        Ledger = Ledger with { OutputBytes = _output.Position, ErrorBytes = _errors.Position };
        Ledger.Save(_ledgerPath);
        _saved = _time.GetTimestamp();
    }

    /// <summary>Ends the run: nothing is pending.</summary>
    public void Complete()
    {
        _output.Write(Encoding.UTF8.GetBytes(_format.Trailer));
        Ledger = Ledger with { Complete = true };
        Save();
    }

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    private static bool Exists(string path) => new FileInfo(path) is { Exists: true, Length: > 0 };

    private static FileStream OpenAt(string path, long length)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 1 << 16);
        if (file.Length < length)
        {
            var found = file.Length;
            file.Dispose();
            throw new RunFailureException(
                RunFailure.Request, $"{path} has {found} bytes; its ledger counts {length}. It was changed since; --restart begins again");
        }

        file.SetLength(length);
        file.Position = length;
        return file;
    }
}
