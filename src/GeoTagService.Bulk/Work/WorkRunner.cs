using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Core.Tagging;

namespace GeoTagService.Bulk.Work;

/// <summary>How a run went; done, failed and left add up to rows.</summary>
internal sealed record WorkTotals
{
    /// <summary>Rows that were handed out.</summary>
    public long Rows { get; set; }

    /// <summary>Scored.</summary>
    public long Done { get; set; }

    /// <summary>Reported as failed.</summary>
    public long Failed { get; set; }

    /// <summary>Left for another time, because the photo could not be had now.</summary>
    public long Left { get; set; }

    /// <summary>Posts that the labeller refused for good.</summary>
    public long Refused { get; set; }
}

/// <summary>
/// Polls, fetches, tags, posts. While a batch is tagged the next one is fetched; a fixed number of photos is under way at
/// any time, so that memory stays flat. A photo that cannot be read fails alone.
/// </summary>
internal sealed class WorkRunner(
    Labeller labeller, Outbox outbox, PhotoTagger tagger, TagOptions options, WorkManners manners, Stream? record, TextWriter error, TimeProvider time) : IDisposable
{
    /// <summary>Photos under way: enough to fill the lanes' batches twice over.</summary>
    private const int UnderWay = 32;

    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _places = new(UnderWay);
    private readonly SemaphoreSlim _downloads = new(manners.Downloads);

    /// <summary>How it goes.</summary>
    public WorkTotals Totals { get; } = new();

    /// <summary>Works.</summary>
    /// <param name="polls">How often to poll; null goes on until it is cancelled.</param>
    /// <param name="cancellationToken">Ends the work; what is computed is posted by the next run.</param>
    public async Task RunAsync(int? polls, CancellationToken cancellationToken)
    {
        var idle = manners.Pause;
        var known = new HashSet<long>();
        var finishing = Task.CompletedTask;
        try
        {
            for (var poll = 0; polls is null || poll < polls; poll++)
            {
                var batch = await PollAsync(cancellationToken).ConfigureAwait(false);
                // The labeller may hand out again what is not posted yet.
                var rows = batch?.Rows.DistinctBy(row => row.Id).Where(row => !known.Contains(row.Id)).ToList() ?? [];
                if (rows.Count == 0)
                {
                    await finishing.ConfigureAwait(false);
                    known.Clear();
                    if (batch is not { Rows.Count: > 0 })
                    {
                        // Nothing to do, or nobody there: wait as asked, else longer each time.
                        idle = batch?.Pause ?? TimeSpan.FromTicks(Math.Min(LongestIdle.Ticks, Math.Max(idle.Ticks * 2, manners.Pause.Ticks)));
                        await WaitAsync(idle, poll, polls, cancellationToken).ConfigureAwait(false);
                    }

                    continue;
                }

                idle = manners.Pause;
                Totals.Rows += rows.Count;
                var tagging = await StartAsync(rows, batch!.Prefix, cancellationToken).ConfigureAwait(false);
                await finishing.ConfigureAwait(false);
                known = [.. rows.Select(row => row.Id)];
                finishing = FinishAsync(tagging, cancellationToken);
                await WaitAsync(Longer(manners.Pause, batch.Pause), poll, polls, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await finishing.ConfigureAwait(false);
        }
    }

    /// <summary>Posts what an earlier run, or an earlier batch, could not.</summary>
    public async Task SendOutboxAsync(CancellationToken cancellationToken)
    {
        var refused = await outbox.SendAsync(labeller.PostAsync, cancellationToken).ConfigureAwait(false);
        Totals.Refused += refused;
        if (refused > 0)
        {
            error.WriteLine($"geotag: the labeller refused {refused} posts; they are kept as .refused");
        }
    }

    public void Dispose()
    {
        _places.Dispose();
        _downloads.Dispose();
    }

    private static TimeSpan Longer(TimeSpan left, TimeSpan? right) => right > left ? right.Value : left;

    private Task WaitAsync(TimeSpan pause, int poll, int? polls, CancellationToken cancellationToken) =>
        poll + 1 == polls ? Task.CompletedTask : Task.Delay(pause, time, cancellationToken);

    private async Task<WorkBatch?> PollAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await labeller.PollAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException or IOException)
        {
            error.WriteLine($"geotag: the labeller: {fault.Message.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    /// <summary>Starts rows as places become free; completes when the last one has begun.</summary>
    private async Task<List<Task<WorkResult>>> StartAsync(List<WorkRow> rows, string prefix, CancellationToken cancellationToken)
    {
        var tasks = new List<Task<WorkResult>>(rows.Count);
        foreach (var row in rows)
        {
            await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
            tasks.Add(Task.Run(() => WorkAsync(row, prefix, cancellationToken), CancellationToken.None));
        }

        return tasks;
    }

    private async Task FinishAsync(List<Task<WorkResult>> tagging, CancellationToken cancellationToken)
    {
        var results = await Task.WhenAll(tagging).ConfigureAwait(false);
        outbox.Add(("labels", WorkPosts.Labels(results)), ("embeddings", WorkPosts.Embeddings(results)));
        foreach (var result in results)
        {
            Totals.Done += result.Fate == WorkFate.Done ? 1 : 0;
            Totals.Failed += result.Fate == WorkFate.Failed ? 1 : 0;
            Totals.Left += result.Fate == WorkFate.Left ? 1 : 0;
            if (result.Why is { } why)
            {
                error.WriteLine($"geotag: photo {result.Row.Id} {(result.Fate == WorkFate.Failed ? "failed" : "is left for later")}: {why.ReplaceLineEndings(" ")}");
            }

            record?.Write(WorkPosts.Record(result));
        }

        record?.Flush();
        await SendOutboxAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<WorkResult> WorkAsync(WorkRow row, string prefix, CancellationToken cancellationToken)
    {
        try
        {
            if (!Uri.TryCreate(prefix + row.Path, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            {
                return new WorkResult(row, WorkFate.Failed, Why: "its address is none");
            }

            byte[]? photo;
            await _downloads.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                (photo, var why) = await labeller.FetchAsync(address, cancellationToken).ConfigureAwait(false);
                if (photo is null)
                {
                    return new WorkResult(row, WorkFate.Failed, Why: why);
                }
            }
            catch (HttpRequestException fault)
            {
                return new WorkResult(row, WorkFate.Left, Why: fault.Message);
            }
            finally
            {
                _downloads.Release();
            }

            return await TagAsync(row, photo, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<WorkResult> TagAsync(WorkRow row, byte[] photo, CancellationToken cancellationToken)
    {
        var input = new TagInput { Image = photo, Title = row.Title, Options = options };
        while (true)
        {
            var outcome = await tagger.TagAsync(input, cancellationToken).ConfigureAwait(false);
            if (outcome.IsSuccess)
            {
                var embeddings = outcome.Value.Embeddings;
                return new WorkResult(row, WorkFate.Done, outcome.Value.Probabilities, embeddings.Image, embeddings.Title);
            }

            LostEncoder.EndsTheRun(outcome.Error);
            if (outcome.Error.Code != TaggingErrorCode.Overloaded)
            {
                return new WorkResult(row, WorkFate.Failed, Why: outcome.Error.Detail);
            }

            await Task.Delay(BusyPause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
