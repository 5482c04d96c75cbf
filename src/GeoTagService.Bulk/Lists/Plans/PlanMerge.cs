using System.Text;
using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Plans;

/// <summary>Puts the outputs of a plan's tasks together: what one run over the list would have written, byte for byte. Files are
/// copied as they stream by.</summary>
public sealed class PlanMerge
{
    private readonly ListPlan _plan;
    private readonly ListFormat _format;
    private readonly RunPaths _paths;

    /// <summary>Merges a plan into an output.</summary>
    /// <param name="plan">A plan.</param>
    /// <param name="output">The output.</param>
    /// <param name="errors">Rejected items; null for the output's name and <c>.errors.ndjson</c>.</param>
    /// <exception cref="RunFailureException">The output is of another format than the plan.</exception>
    public PlanMerge(ListPlan plan, string output, string? errors)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (_plan, _format) = (plan, FormatOf(plan, output));
        _paths = RunPaths.Beside(output, _format, errors);
    }

    /// <summary>Says whether the output may be written: what geotag finished there is replaced, as is what is empty, and nothing
    /// else.</summary>
    /// <param name="mayReplace">Whether any file may be replaced.</param>
    /// <param name="note">Told what is replaced.</param>
    /// <exception cref="RunFailureException">Something else is there, or a run is at it.</exception>
    public void RequireRoom(bool mayReplace, Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(note);
        if (RunLease.HolderOf(_paths.Ledger) is { } holder)
        {
            throw new RunFailureException(RunFailure.Request, $"{_paths.Target}: {holder} is writing it");
        }

        if (_paths.FindWritten() is not { } found)
        {
            return;
        }

        if (!mayReplace && OutputRecord.Of(_paths.Target) is null)
        {
            throw new RunFailureException(
                RunFailure.Request,
                $"{found} exists and is not what a run of geotag finished; --replace replaces it"
            );
        }

        note($"{found} is replaced");
    }

    /// <summary>Puts them together. The files appear when they are whole.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task RunAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        var (plan, format, output, errors) = (_plan, _format, _paths.Target, _paths.Errors);
        var (content, about) = (plan.LedgerOf(0)!.Content, plan.LedgerOf(0)!.About);
        var rows = format.IsConverted ? output + ".rows.tmp" : output + ".tmp";
        var (rowFormat, wrote) = (format.Rows(content, about), false);
        try
        {
            var target = File.Create(rows);
            await using (target.ConfigureAwait(false))
            {
                target.Write(Encoding.UTF8.GetBytes(rowFormat.Header));
                var separator = Encoding.UTF8.GetBytes(rowFormat.Separator);
                for (var task = 0; task < plan.Tasks.Count; task++)
                {
                    var (from, to) = RowsOf(plan, task);
                    if (from == to)
                    {
                        continue;
                    }

                    target.Write(wrote ? separator : []);
                    await CopyAsync(plan.PathsOf(task).Rows, from, to, target, cancellationToken).ConfigureAwait(false);
                    wrote = true;
                }

                target.Write(Encoding.UTF8.GetBytes(rowFormat.Trailer));
                target.Flush(flushToDisk: true);
            }

            var faults = File.Create(errors + ".tmp");
            await using (faults.ConfigureAwait(false))
            {
                for (var task = 0; task < plan.Tasks.Count; task++)
                {
                    var path = plan.PathsOf(task).Errors;
                    await CopyAsync(path, 0, new FileInfo(path).Length, faults, cancellationToken).ConfigureAwait(false);
                }
            }

            // A run that wrote this output before would say of the new one that nothing is pending.
            _paths.Forget();
            if (format.IsConverted)
            {
                await GeoParquetFile.WriteAsync(rows, output, content, about, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                File.Move(rows, output, overwrite: true);
            }

            File.Move(errors + ".tmp", errors, overwrite: true);
            var ledgers = Enumerable.Range(0, plan.Tasks.Count).Select(task => plan.LedgerOf(task)!).ToList();
            new OutputRecord(
                about,
                time.GetUtcNow(),
                plan.Location,
                plan.Items,
                ledgers.Sum(ledger => ledger.Done),
                ledgers.Sum(ledger => ledger.Rejected)
            ).Save(output);
        }
        finally
        {
            File.Delete(rows);
            File.Delete(errors + ".tmp");
        }
    }

    /// <summary>The format of an output; rows of NDJSON also make Parquet, and the other way round.</summary>
    private static ListFormat FormatOf(ListPlan plan, string output)
    {
        var planned = ListFormat.Named(plan.Format)!;
        var asked = ListFormat.Of(output);
        return asked?.RowsName == planned.RowsName
            ? asked
            : throw new RunFailureException(
                RunFailure.Request,
                $"{output}: the plan's tasks were written as {planned.Name}; name the output .{planned.Name}, or make a plan with --format {asked?.Name ?? ListFormat.Names}"
            );
    }

    /// <summary>Where the rows of a task lie, between header and trailer.</summary>
    private static (long From, long To) RowsOf(ListPlan plan, int task)
    {
        using var journal = new ItemJournal(plan.PathsOf(task).ItemsOf(""), plan.Tasks[task].Items);
        var (from, to) = (0L, 0L);
        foreach (var record in journal.Read().Where(record => record.State == ItemState.Done))
        {
            from = to == 0 ? record.Offset : from;
            to = record.Offset + record.Length;
        }

        return (from, to);
    }

    private static async Task CopyAsync(string path, long from, long to, Stream target, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 20];
        using var file = File.OpenHandle(path);
        while (from < to)
        {
            var read = await RandomAccess
                .ReadAsync(file, buffer.AsMemory(0, (int)Math.Min(buffer.Length, to - from)), from, cancellationToken)
                .ConfigureAwait(false);
            if (read == 0)
            {
                throw new EndOfStreamException($"{path} was cut while it was read");
            }

            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            from += read;
        }
    }
}
