using System.Threading.Channels;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Bulk.Lists.Ledgers;

namespace GeoTagService.Bulk.Lists;

/// <summary>
/// Works through a list: read on one side, tagged side by side in groups, written in order on the other. Only a window of
/// groups is under way, so that memory does not grow with the list.
/// </summary>
/// <param name="source">The list.</param>
/// <param name="part">Which part of it.</param>
/// <param name="worker">Makes rows of items.</param>
/// <param name="groupSize">How many items go together, when they carry embeddings and when they do not.</param>
/// <param name="files">Where rows go.</param>
/// <param name="earlier">What is taken over from the passes before, or null.</param>
/// <param name="window">How many groups are under way at most.</param>
/// <param name="tellVanished">Told of the rows that an update finds to be gone from the list.</param>
internal sealed class ListRunner(
    ListSource source,
    ListPart part,
    ItemWorker worker,
    (int Embedded, int Photos) groupSize,
    ListFiles files,
    EarlierRows? earlier,
    int window,
    Action<VanishedItems> tellVanished
)
{
    /// <summary>Runs to the end of the list, or until it is cancelled; the ledger is up to date either way.</summary>
    /// <param name="progress">Told of every group that was written.</param>
    /// <param name="maxRejected">The run ends early when more than this many items are rejected.</param>
    /// <param name="cancellationToken">Ends the run; it can be resumed.</param>
    public async Task RunAsync(Action<ListLedger, double> progress, long maxRejected, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var underWay = Channel.CreateBounded<Task<Finished>>(
            new BoundedChannelOptions(window) { SingleReader = true, SingleWriter = true }
        );
        var reading = Task.Run(() => ReadAsync(underWay.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var task in underWay.Reader.ReadAllAsync(stop.Token).ConfigureAwait(false))
            {
                var group = await task.ConfigureAwait(false);
                files.Add(group.Items, group.Next);
                progress(files.Ledger, source.Fraction);
                if (files.Ledger.Rejected > maxRejected)
                {
                    return;
                }
            }

            await reading.ConfigureAwait(false);
            files.Complete();
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAny(reading).ConfigureAwait(false);
            while (underWay.Reader.TryRead(out var task))
            {
                await Task.WhenAny(task).ConfigureAwait(false);
            }

            files.Save();
        }
    }

    private async Task ReadAsync(ChannelWriter<Task<Finished>> underWay, CancellationToken cancellationToken)
    {
        var sent = files.Recorded;
        try
        {
            var group = new List<ListItem>();
            bool? embedded = null;
            var ordinal = 0L;
            foreach (var item in Items())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (ordinal < files.Recorded)
                {
                    files.RequireSame(ordinal++, item.Vanished ?? ItemKey.Of(item));
                    continue;
                }

                // A row that cannot be read goes with its neighbours: a group of embeddings stays one matrix product.
                var size = embedded is true ? groupSize.Embedded : groupSize.Photos;
                var isOther = item.Fault is null && embedded is { } kind && kind != item.IsEmbedded;
                if (group.Count > 0 && (isOther || group.Count >= size))
                {
                    await SendAsync(group).ConfigureAwait(false);
                    (group, embedded) = ([], null);
                }

                group.Add(item);
                embedded = item.Fault is null ? item.IsEmbedded : embedded;
            }

            if (ordinal < files.Recorded)
            {
                files.RequireSame(ordinal, 0);
            }

            if (group.Count > 0)
            {
                await SendAsync(group).ConfigureAwait(false);
            }

            underWay.Complete();
        }
        catch (Exception fault)
        {
            // The reader of the channel throws it on.
            underWay.Complete(fault);
        }

        async Task SendAsync(List<ListItem> group)
        {
            var first = sent;
            sent += group.Count;
            var task = Task.Run(() => WorkAsync(group, first, cancellationToken), cancellationToken);
            await underWay.WriteAsync(task, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The items of this part, and after them those that the list has no more.</summary>
    private IEnumerable<ListItem> Items()
    {
        // A folder's list has them at their places already, or has told them.
        var looks = earlier is not null && source is not PhotoFolder && (earlier.KeepsVanished || earlier.Pass == ListPass.Update);
        var ids = new HashSet<ulong>();
        var position = 0L;
        foreach (var item in source.Read())
        {
            if (item.Position >= part.To)
            {
                break;
            }

            position = item.Position + 1;
            if (looks)
            {
                ids.Add(ItemKey.OfId(item.Id));
            }

            if (part.Holds(item, source))
            {
                yield return item;
            }
        }

        var vanished = new VanishedItems(earlier);
        foreach (var record in looks ? earlier!.Vanished(ids) : [])
        {
            vanished.Add(record);
            if (!earlier!.KeepsVanished)
            {
                continue;
            }

            yield return new ListItem
            {
                Position = position++,
                Id = "",
                Vanished = record.Key,
            };
        }

        if (vanished.Count > 0 && earlier!.Pass == ListPass.Update)
        {
            tellVanished(vanished);
        }
    }

    private async Task<Finished> WorkAsync(List<ListItem> group, long first, CancellationToken cancellationToken) =>
        new(await worker.WorkAsync(group, first, cancellationToken).ConfigureAwait(false), group[^1].Position + 1);

    /// <summary>A group's rows and faults, ready to be written.</summary>
    private sealed record Finished(IReadOnlyList<FinishedItem> Items, long Next);
}
