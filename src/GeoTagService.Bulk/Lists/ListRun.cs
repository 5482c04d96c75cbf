using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists;

/// <summary>What is asked of a list.</summary>
public sealed record ListRequest
{
    /// <summary>The files to write.</summary>
    public required RunPaths Paths { get; init; }

    /// <summary>Format of the output.</summary>
    public required ListFormat Format { get; init; }

    /// <summary>What the rows hold.</summary>
    public required ListContent Content { get; init; }

    /// <summary>The head that was asked for, or null.</summary>
    public string? Head { get; init; }

    /// <summary>Whether the file beside the output is written that says what it is; a plan's tasks leave that to the merge.</summary>
    public bool IsRecorded { get; init; } = true;

    /// <summary>Which part of the list.</summary>
    public required ListPart Part { get; init; }

    /// <summary>All else on which rows depend, as a text.</summary>
    public required string Options { get; init; }

    /// <summary>Whether nothing is said of how far it is.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Whether to begin again, whatever is there.</summary>
    public bool Restart { get; init; }

    /// <summary>Whether to bring the run up to date with the list.</summary>
    public bool Update { get; init; }

    /// <summary>Whether an update keeps the rows of what the list has no more.</summary>
    public bool KeepsVanished { get; init; }

    /// <summary>Whether an update takes photos of the same size and time to be the same.</summary>
    public bool TrustsTimes { get; init; }

    /// <summary>The run ends early when more items than this are rejected.</summary>
    public long MaxRejected { get; init; } = long.MaxValue;
}

/// <summary>
/// A run over a list, from whatever state its files are in to the end. The list is fixed when the run starts; an update fixes
/// it anew, and writes beside the output until it is whole.
/// </summary>
/// <param name="request">What is asked.</param>
/// <param name="engine">Who tags.</param>
/// <param name="open">Opens the list as it is now.</param>
/// <param name="lease">Says that this process alone writes the files.</param>
/// <param name="error">Standard error.</param>
/// <param name="time">The clock.</param>
public sealed class ListRun(
    ListRequest request,
    ListEngine engine,
    Func<ListSource> open,
    RunLease lease,
    TextWriter error,
    TimeProvider time
)
{
    private readonly ListAbout _about = ListAbout.Of(engine.Tagger.Model.Stamp, request.Head, request.Content);

    private RunPaths Paths => request.Paths;

    /// <summary>Runs to the end, or until it is cancelled.</summary>
    /// <param name="now">The list as it is now; it is read once at most.</param>
    /// <param name="cancellationToken">Ends the run; the same command goes on.</param>
    /// <exception cref="RunFailureException">The files belong to another run, or nothing can be tagged any more.</exception>
    public async Task<ListEnd> RunAsync(ListSource now, CancellationToken cancellationToken)
    {
        var ledger = await RunToLedgerAsync(now, cancellationToken).ConfigureAwait(false);
        return new ListEnd(ledger.Done, ledger.Rejected, ledger.Complete);
    }

    /// <summary>The same, for whoever looks into the ledger.</summary>
    internal async Task<ListLedger> RunToLedgerAsync(ListSource now, CancellationToken cancellationToken)
    {
        if (request.Restart)
        {
            Paths.Delete();
        }

        var finished = new FinishedOutput(Paths, request, error);
        var run = $"{now.Location}|{request.Options}|{engine.Tagger.Identity}";
        var ledger = Paths.Load();
        RequireOwn(ledger, run);
        if (ledger is null)
        {
            (now as PhotoFolder)?.Save(Paths.ListOf(""));
            ledger = await PassAsync(
                    new ListLedger
                    {
                        Run = run,
                        Content = request.Content,
                        About = _about,
                        Location = now.Location,
                        List = now.Identity,
                    },
                    now,
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        else
        {
            ledger = finished.Check(ledger);
            ledger = await GoOnAsync(ledger, now, cancellationToken).ConfigureAwait(false);
        }

        if (ledger is { Complete: true, Converted: false } && request.IsRecorded)
        {
            if (Paths.Rows != Paths.Target)
            {
                await GeoParquetFile
                    .WriteAsync(Paths.Rows, Paths.Target, ledger.Content, ledger.About, cancellationToken)
                    .ConfigureAwait(false);
            }

            new OutputRecord(ledger.About, time.GetUtcNow(), ledger.Location, ledger.Recorded, ledger.Done, ledger.Rejected).Save(
                Paths.Target
            );
            ledger = ledger with { Converted = true };
            lease.Require();
            ledger.Save(Paths.Ledger);
        }

        if (ledger.Complete && request.IsRecorded)
        {
            Paths.DeleteEmptyErrors();
        }

        if (ledger is { Complete: true, Done: 0, Rejected: > 0 } && request is { IsRecorded: true, Part.Shard.Count: 1 })
        {
            finished.RequireReadable(ledger);
        }

        return ledger;
    }

    private async Task<ListLedger> GoOnAsync(ListLedger ledger, ListSource now, CancellationToken cancellationToken)
    {
        var triedBefore = ledger.Passing > 0;
        if (!ledger.Complete && !(request.Update && ledger.Suffix.Length == 0) && Continued(ledger, now) is { } list)
        {
            Tell(ledger, list, now);
            ledger = await PassAsync(ledger, list, cancellationToken).ConfigureAwait(false);
            if (!ledger.Complete || !(request.Update || triedBefore))
            {
                return ledger;
            }

            now = ReferenceEquals(list, now) ? open() : now;
        }
        else if (!request.Update)
        {
            if (now is not PhotoFolder && now.Identity != ledger.List)
            {
                throw new RunFailureException(
                    RunFailure.Request,
                    $"{now.Location} was changed since the run of {Paths.Target} began: --update tags what is new or changed and keeps the rest, --restart begins again"
                );
            }

            Tell(ledger, Continued(ledger, now) ?? now, now);
            if (!triedBefore)
            {
                return ledger;
            }
        }

        return await AgainAsync(ledger, now, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A further pass: an update where one is asked, else one for what was rejected by a fault that passes.</summary>
    private async Task<ListLedger> AgainAsync(ListLedger before, ListSource now, CancellationToken cancellationToken)
    {
        EarlierPass[] earlier = [.. before.Earlier, new EarlierPass(before.Suffix, before.Recorded)];
        var next = new ListLedger
        {
            Run = before.Run,
            Content = before.Content,
            About = _about,
            Location = before.Location,
            List = now.Identity,
            Pass = request.Update ? ListPass.Update : ListPass.Retry,
            Suffix = $".update{earlier.Length}",
            Earlier = earlier,
            KeepsVanished = request.Update ? request.KeepsVanished : before.KeepsVanished,
        };
        if (next.Pass == ListPass.Retry)
        {
            error.WriteLine($"geotag: {before.Passing} rejected by a fault that may have passed are tried again");
            if (now is PhotoFolder)
            {
                File.Copy(Paths.ListOf(""), Paths.ListOf(next.Suffix), overwrite: true);
                now = Continued(next, now)!;
            }
        }
        else if (now is PhotoFolder folder)
        {
            now = Updated(folder, next);
        }

        return await PassAsync(next, now, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fixes a folder's list for an update, with what is kept of photos that it has no more.</summary>
    private PhotoFolder Updated(PhotoFolder now, ListLedger update)
    {
        var before = PhotoFolder.Load(Paths.ListOf(update.Earlier[^1].Suffix), now);
        var changes = FolderChanges.Between(before.Photos, now.Photos);
        if (now.Unreadable > 0 && !update.KeepsVanished)
        {
            throw new RunFailureException(
                RunFailure.Environment,
                $"{now.Note}; --update would drop their rows, so nothing was changed (--vanished keep keeps them)"
            );
        }

        error.WriteLine(
            changes.IsNone
                ? "geotag: the folder has the same photos as before, by name, size and time"
                : $"geotag: since the list was fixed {changes}{(changes.Vanished.Count == 0 ? "" : update.KeepsVanished ? "; rows of those that are gone are kept" : "; rows of those that are gone are dropped")}"
        );
        if (update.KeepsVanished)
        {
            using var rows = new EarlierRows(Paths, update);
            var present = now.Photos.Select(photo => photo.Name).ToHashSet(StringComparer.Ordinal);
            var vanished = update
                .Earlier.SelectMany(pass => PhotoFolder.Load(Paths.ListOf(pass.Suffix), now).Photos)
                .Where(photo =>
                    !present.Contains(photo.Name)
                    && rows.Find(
                        ItemKey.Of(
                            new ListItem
                            {
                                Position = 0,
                                Id = photo.Name,
                                Image = photo.Name,
                            }
                        )
                    )
                        is not null
                )
                .DistinctBy(photo => photo.Name);
            now = now.WithVanished(vanished);
        }

        now.Save(Paths.ListOf(update.Suffix));
        return now;
    }

    /// <summary>The list that a pass was begun with; null where there is none any more.</summary>
    private ListSource? Continued(ListLedger ledger, ListSource now) =>
        now switch
        {
            PhotoFolder folder => PhotoFolder.Load(Paths.ListOf(ledger.Suffix), folder),
            { Identity: "" } => request.Update ? null : now,
            _ => now.Identity == ledger.List ? now : null,
        };

    /// <summary>Says where the run stands, and what its list does not cover.</summary>
    private void Tell(ListLedger ledger, ListSource list, ListSource now)
    {
        var changes = list is PhotoFolder before && now is PhotoFolder after ? FolderChanges.Between(before.Photos, after.Photos) : null;
        if (ledger.Complete)
        {
            error.WriteLine($"geotag: nothing is pending: {ledger.Done} done, {ledger.Rejected} rejected");
        }

        if (changes is { IsNone: false })
        {
            error.WriteLine(
                $"geotag: since the list was fixed {changes}. {(ledger.Complete ? "This run does not cover that" : "The run goes on with its list")}: --update brings the output up to date"
            );
        }
    }

    private async Task<ListLedger> PassAsync(ListLedger ledger, ListSource source, CancellationToken cancellationToken)
    {
        using var reading = source;
        var format = request.Format.Rows(ledger.Content, ledger.About);
        using (var earlier = ledger.Earlier.Count > 0 ? new EarlierRows(Paths, ledger) : null)
        {
            using var files = new ListFiles(Paths, ledger, format, lease, time);
            var worker = new ItemWorker(engine, format, earlier, request.TrustsTimes);
            var runner = new ListRunner(
                source,
                request.Part,
                worker,
                engine.Tagger.GroupSize,
                files,
                earlier,
                engine.Window,
                vanished =>
                    error.WriteLine(
                        $"geotag: {vanished.Describe(row => format.IdOf(row))}; {(ledger.KeepsVanished ? "what was tagged is kept" : "what was tagged is dropped")}"
                    )
            );
            if (ledger.Recorded > 0)
            {
                error.WriteLine($"geotag: going on at item {ledger.Next}: {ledger.Done} done, {ledger.Rejected} rejected so far");
            }

            try
            {
                await ListProgress
                    .RunAsync(error, ledger, request.IsQuiet, progress => runner.RunAsync(progress, request.MaxRejected, cancellationToken))
                    .ConfigureAwait(false);
            }
            finally
            {
                Report(files.Ledger);
            }

            ledger = files.Ledger;
        }

        if (ledger.Complete && source.Remark is { } remark)
        {
            error.WriteLine($"geotag: {remark}");
        }

        if (ledger is { Complete: true, Suffix.Length: > 0 })
        {
            lease.Require();
            ledger = Paths.PutInPlace(ledger);
        }

        return ledger;
    }

    private void Report(ListLedger to)
    {
        var takenOver = to.TakenOver > 0 ? $", {to.TakenOver} of them as before" : "";
        error.WriteLine(
            $"geotag: {to.Recorded} {(to.Recorded == 1 ? "item" : "items")}: {to.Done} done, {to.Rejected} rejected{(to.Rejected > 0 ? $" ({Paths.Errors})" : "")}{takenOver}, "
                + (to.Complete ? "none pending" : $"those from item {to.Next} on pending; the same command goes on there")
        );
    }

    private void RequireOwn(ListLedger? ledger, string run)
    {
        if (ledger is null && !request.Restart && Paths.FindWritten() is { } found)
        {
            throw new RunFailureException(RunFailure.Request, $"{found} exists and is not from an unfinished run; --restart replaces it");
        }

        if (ledger is not null && ledger.Run != run)
        {
            throw new RunFailureException(
                RunFailure.Request,
                $"{Paths.Ledger} is from a run of another list, model or other options; finish that run, or replace it with --restart"
            );
        }
    }
}
