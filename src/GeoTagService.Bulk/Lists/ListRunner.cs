using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Bulk.Lists.Output;

namespace GeoTagService.Bulk.Lists;

/// <summary>
/// Works through a list: read on one side, tagged side by side in groups, written in order on the other. Only a window of
/// groups is under way, so that memory does not grow with the list.
/// </summary>
internal sealed class ListRunner(ListSource source, IListTagger tagger, RowFormat format, ListFiles files, Shard shard, int window)
{
    private static readonly JsonWriterOptions FaultOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Runs to the end of the list, or until it is cancelled; the ledger is up to date either way.</summary>
    /// <param name="progress">Told of every group that was written.</param>
    /// <param name="cancellationToken">Ends the run; it can be resumed.</param>
    public async Task RunAsync(Action<ListLedger, double> progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var underWay = Channel.CreateBounded<Task<Finished>>(
            new BoundedChannelOptions(window) { SingleReader = true, SingleWriter = true });
        var reading = Task.Run(() => ReadAsync(underWay.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var task in underWay.Reader.ReadAllAsync(stop.Token).ConfigureAwait(false))
            {
                var group = await task.ConfigureAwait(false);
                files.Add(group.Rows.WrittenSpan, group.Faults.WrittenSpan, group.Done, group.Rejected, group.Next);
                progress(files.Ledger, source.Fraction);
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
        try
        {
            var group = new List<ListItem>();
            bool? embedded = null;
            foreach (var item in source.Read())
            {
                if (item.Position < files.Ledger.Next || !shard.Holds(item.Position))
                {
                    continue;
                }

                // A row that cannot be read goes with its neighbours: a group of embeddings stays one matrix product.
                var size = embedded is true ? tagger.GroupSize.Embedded : tagger.GroupSize.Photos;
                var isOther = item.Fault is null && embedded is { } kind && kind != item.IsEmbedded;
                if (group.Count > 0 && (isOther || group.Count >= size))
                {
                    await SendAsync(group).ConfigureAwait(false);
                    (group, embedded) = ([], null);
                }

                group.Add(item);
                embedded = item.Fault is null ? item.IsEmbedded : embedded;
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
            var task = Task.Run(() => TagAsync(group, cancellationToken), cancellationToken);
            await underWay.WriteAsync(task, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<Finished> TagAsync(List<ListItem> group, CancellationToken cancellationToken)
    {
        var readable = group.Where(item => item.Fault is null).ToList();
        var outcomes = readable.Count == 0 ? [] : await tagger.TagAsync(readable, cancellationToken).ConfigureAwait(false);
        var finished = new Finished(group[^1].Position + 1);
        var next = 0;
        foreach (var item in group)
        {
            var outcome = item.Fault is { } fault ? fault : outcomes[next++];
            if (outcome.Scores is { } scores)
            {
                finished.Rows.Write(System.Text.Encoding.UTF8.GetBytes(format.Separator));
                format.Write(finished.Rows, item, scores);
                finished.Done++;
            }
            else
            {
                WriteFault(finished.Faults, item, outcome.Fault!);
                finished.Rejected++;
            }
        }

        return finished;
    }

    private static void WriteFault(IBufferWriter<byte> output, ListItem item, ListFault fault)
    {
        using (var json = new Utf8JsonWriter(output, FaultOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("position", item.Position);
            json.WriteString("id", item.Id);
            json.WriteString("image", item.Image);
            json.WriteString("code", fault.Code);
            json.WriteString("field", fault.Field);
            json.WriteString("detail", fault.Detail);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    /// <summary>A group's rows and faults, ready to be written.</summary>
    private sealed record Finished(long Next)
    {
        public ArrayBufferWriter<byte> Rows { get; } = new(512);

        public ArrayBufferWriter<byte> Faults { get; } = new();

        public int Done { get; set; }

        public int Rejected { get; set; }
    }
}
