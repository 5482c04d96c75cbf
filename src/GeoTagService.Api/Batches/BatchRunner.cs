using System.Threading.Channels;
using GeoTagService.Api.Access;
using GeoTagService.Api.Fetching;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Tagging;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Answers;
using GeoTagService.Core.Tagging;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Batches;

/// <summary>
/// Works through a batch: items are read, tagged side by side and answered in the order they came. At most a window of
/// them is under way; when the receiver reads slowly the window stays full, nothing more is read, and the transport holds
/// the sender back. Nothing is collected.
/// </summary>
internal sealed class BatchRunner(
    PhotoTagger tagger,
    ServedModel model,
    PhotoFetcher fetcher,
    ClientLimits limits,
    IOptions<EdgeOptions> options,
    IOptions<TaggingOptions> tagging,
    TimeProvider time
)
{
    /// <summary>Longest pause before a busy lane is asked again.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly int _window = options.Value.BatchWindow;

    /// <summary>Answers a batch.</summary>
    /// <param name="context">The request; its client is charged for each item.</param>
    /// <param name="entries">The items, read as they are asked for.</param>
    /// <param name="write">Writes one line; completes when the receiver took it, or the transport has room.</param>
    /// <returns>The totals.</returns>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<BatchTotals> RunAsync(HttpContext context, IAsyncEnumerable<BatchEntry> entries, Func<BatchLine, ValueTask> write)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var underWay = Channel.CreateBounded<Task<BatchLine>>(
            new BoundedChannelOptions(_window) { SingleReader = true, SingleWriter = true }
        );
        var reading = ReadAsync(context, entries, underWay.Writer, stop.Token);
        try
        {
            long items = 0,
                failed = 0;
            await foreach (var task in underWay.Reader.ReadAllAsync(stop.Token))
            {
                var line = await task;
                items++;
                failed += line.Error is null ? 0 : 1;
                await write(line);
            }

            var complete = await reading;
            return new BatchTotals(items, items - failed, failed, complete);
        }
        finally
        {
            // Whatever ended the loop, the items under way must have let go of their memory before the request ends.
            await stop.CancelAsync();
            await Task.WhenAny(reading);
            while (underWay.Reader.TryRead(out var task))
            {
                await Task.WhenAny(task);
            }
        }
    }

    /// <summary>Starts items as they are read.</summary>
    /// <returns>Whether the request was read to its end.</returns>
    private async Task<bool> ReadAsync(
        HttpContext context,
        IAsyncEnumerable<BatchEntry> entries,
        ChannelWriter<Task<BatchLine>> underWay,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var index = 0L;
            var complete = true;
            await foreach (var entry in entries.WithCancellation(cancellationToken))
            {
                complete &= !entry.IsLast;
                // The first one came in with the request; refusals and what was encoded before cost nothing worth counting.
                if (index > 0 && entry is { Problem: null, Embeddings: null })
                {
                    await ChargeAsync(context, entry, cancellationToken);
                }

                var task = WorkAsync(index++, entry, cancellationToken);
                try
                {
                    await underWay.WriteAsync(task, cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    await Task.WhenAny(task);
                    throw;
                }
            }

            underWay.Complete();
            return complete;
        }
        catch (Exception exception)
        {
            // The reader of the channel throws it on.
            underWay.Complete(exception);
            throw;
        }
    }

    /// <summary>A batch has time: it goes as fast as its client may, and its sender with it.</summary>
    private async ValueTask ChargeAsync(HttpContext context, BatchEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            await limits.WaitAsync(context, cancellationToken);
        }
        catch
        {
            entry.Dispose();
            throw;
        }
    }

    private async Task<BatchLine> WorkAsync(long index, BatchEntry entry, CancellationToken cancellationToken)
    {
        using (entry)
        {
            if (entry.Problem is { } problem)
            {
                return new BatchLine(index, entry.Id, Error: TagProblems.From(problem));
            }

            var outcome = entry.Embeddings is { } embeddings
                ? tagger.TagFromEmbeddings(embeddings, entry.Input)
                : await TagAsync(entry, cancellationToken);
            return outcome.IsSuccess
                ? new BatchLine(index, entry.Id, outcome.Value.ToResponse(model.TagIds, model.Stamp, entry.Warnings, entry.Top))
                : new BatchLine(index, entry.Id, Error: TagProblems.From(outcome.Error));
        }
    }

    /// <summary>Tags one item. A full lane is no fault of the item: a batch has time, so it waits, and its window with it.
    /// </summary>
    private async Task<Outcome<TagResult>> TagAsync(BatchEntry entry, CancellationToken cancellationToken)
    {
        // The first part of the work, decoding, runs on the caller's side and would hold up the reading of other items.
        await Task.Yield();
        if (await entry.FetchPhotoAsync(fetcher, tagging.Value.MaxImageBytes, cancellationToken) is { } notFetched)
        {
            return notFetched;
        }

        var offered = entry.Input.Image is null ? Modalities.Title : Modalities.Image;
        try
        {
            while (true)
            {
                var refusal = tagger.RefusalOfBulk(offered);
                if (refusal is null)
                {
                    var outcome = await tagger.TagAsync(entry.Input, cancellationToken);
                    refusal = outcome.Error;
                    if (refusal is not { Code: TaggingErrorCode.Overloaded })
                    {
                        return outcome;
                    }
                }
                else if (refusal.Code != TaggingErrorCode.Overloaded)
                {
                    return refusal;
                }

                await Task.Delay(refusal.Pause(LongestPause), time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            entry.AbandonPhoto();
            throw;
        }
    }
}
