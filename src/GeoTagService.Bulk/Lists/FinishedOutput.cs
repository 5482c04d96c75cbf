using System.Text;
using System.Text.Json;
using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists;

/// <summary>What a finished run has to say of its files: people move, delete and edit what is theirs.</summary>
/// <param name="paths">The run's files.</param>
/// <param name="request">What is asked.</param>
/// <param name="error">Standard error.</param>
internal sealed class FinishedOutput(RunPaths paths, ListRequest request, TextWriter error)
{
    /// <summary>Looks after the output of a run that was finished earlier.</summary>
    /// <param name="ledger">The run.</param>
    /// <returns>The run, to be brought into the output's format once more where that is gone.</returns>
    /// <exception cref="RunFailureException">What was written is gone.</exception>
    public ListLedger Check(ListLedger ledger)
    {
        if (ledger is not { Complete: true, Suffix.Length: 0 })
        {
            return ledger;
        }

        var rows = new FileInfo(paths.Rows);
        if (!rows.Exists)
        {
            throw new RunFailureException(
                RunFailure.Request,
                $"{paths.Rows} is gone, which a finished run of this list wrote ({ledger.Done} done, {ledger.Rejected} rejected): --restart makes it anew"
            );
        }

        var written = ledger.OutputBytes + Encoding.UTF8.GetByteCount(request.Format.Rows(ledger.Content, ledger.About).Trailer);
        if (rows.Length != written)
        {
            error.WriteLine(
                $"geotag: {paths.Rows} is not as this run wrote it: it has {rows.Length} bytes, and {written} were written; --restart makes it anew"
            );
        }

        return paths.Rows != paths.Target && request.IsRecorded && !File.Exists(paths.Target) ? ledger with { Converted = false } : ledger;
    }

    /// <summary>Says that nothing could be tagged; that no row could even be read is a fault of the list, not of its items.</summary>
    /// <exception cref="RunFailureException">The list is at fault.</exception>
    public void RequireReadable(ListLedger ledger)
    {
        var none = $"none of {Counted.Of(ledger.Rejected, "item")} could be tagged";
        if (!File.Exists(paths.Errors))
        {
            error.WriteLine($"geotag: {none}");
            return;
        }

        var faults = File.ReadLines(paths.Errors).Select(line => JsonElement.Parse(line));
        var first = faults.First();
        var said = Shown.Of($"{none}; the first, {first.GetProperty("id").GetString()}: {first.GetProperty("detail").GetString()}");
        if (faults.All(fault => CodeOf(fault) is "missing-input"))
        {
            throw new RunFailureException(
                RunFailure.Request,
                $"{said} No row of {ledger.Location} holds what can be tagged: are its columns named otherwise (--column image=NAME)?"
            );
        }

        if (faults.All(fault => CodeOf(fault) is "missing-input" or "malformed"))
        {
            throw new RunFailureException(RunFailure.Request, $"{said} Nothing in {ledger.Location} can be read as a list.");
        }

        error.WriteLine($"geotag: {said}");
    }

    private static string? CodeOf(JsonElement fault) => fault.GetProperty("code").GetString();
}
