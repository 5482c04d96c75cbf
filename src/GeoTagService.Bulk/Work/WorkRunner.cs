using GeoTagService.Core;

namespace GeoTagService.Bulk.Work;

/// <summary>
/// Polls, fetches, tags, posts. A batch is asked for when the one before has been handed in, because the labeller hands out
/// what it has no labels of; within a batch photos are fetched while others are tagged. A fixed number is under way at any
/// time, so that memory stays flat. A photo that cannot be read fails alone.
/// </summary>
internal sealed class WorkRunner(
    Labeller labeller,
    Outbox outbox,
    DifficultRows difficult,
    RowTagger tagger,
    WorkManners manners,
    Stream? record,
    Action<string> tell,
    TimeProvider time
) : IDisposable
{
    /// <summary>Photos under way: enough to fill the lanes' batches twice over.</summary>
    private const int UnderWay = 32;

    /// <summary>Photos in one post, as the labeller's own worker has it.</summary>
    private const int PostSize = 250;

    /// <summary>So many wholly refused batches in a row end the run, also when each is small.</summary>
    private const int RefusedBatches = 3;

    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LeastIdle = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _places = new(UnderWay);
    private int _refusedBatches;

    /// <summary>How it goes.</summary>
    public WorkTotals Totals { get; } = new();

    /// <summary>Works.</summary>
    /// <param name="polls">How often to poll; null goes on until it is cancelled.</param>
    /// <param name="cancellationToken">Ends the work; what is computed is posted by the next run.</param>
    /// <exception cref="RunFailureException">The photo host refuses everything, or the machine is at fault.</exception>
    public async Task RunAsync(int? polls, CancellationToken cancellationToken)
    {
        var (idle, offset) = (manners.Pause, 0);
        for (var poll = 0; polls is null || poll < polls; poll++)
        {
            await SendAsync(cancellationToken).ConfigureAwait(false);
            var asked = time.GetTimestamp();
            var further = Math.Min(difficult.Aside + outbox.Stuck, 4 * manners.Limit);
            var (batch, why) = await labeller.PollAsync(further, offset, cancellationToken).ConfigureAwait(false);
            if (why is not null)
            {
                tell($"the labeller: {why}");
            }
            else if (batch!.Unreadable > 0)
            {
                tell(
                    $"the labeller hands out {Counted.Of(batch.Unreadable, "row")} without a readable id and path; {(batch.Unreadable == 1 ? "it is" : "they are")} passed over"
                );
            }

            // What is not handed in yet is handed out again; it is done all the same.
            var labelled = outbox.Labelled;
            var rows =
                batch?.Rows.DistinctBy(row => row.Id).Where(row => !labelled.Contains(row.Id) && !difficult.IsAside(row.Id)).ToList() ?? [];
            var isRefused = rows.Count > 0 && await WorkAsync(rows, batch!.Prefix, cancellationToken).ConfigureAwait(false);

            // Only what was set aside: look behind it.
            offset = rows.Count == 0 && batch?.Rows.Count > 0 && batch.Rows.All(row => difficult.IsAside(row.Id)) ? batch.Rows.Count : 0;
            idle = rows.Count > 0 && !isRefused ? manners.Pause : Doubled(idle);
            var pause = batch is { Rows.Count: 0, Pause: { } named }
                ? Longer(named, LeastIdle)
                : Longer(idle, batch?.Pause ?? TimeSpan.Zero);
            if (poll + 1 != polls)
            {
                await WaitAsync(Longer(pause, manners.Pause) - time.GetElapsedTime(asked), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Hands in what an earlier run, or an earlier batch, could not; what is due.</summary>
    public Task SendAsync(CancellationToken cancellationToken) => outbox.SendAsync(labeller.PostAsync, tell, cancellationToken);

    /// <summary>Tries again what was not taken, as long as that makes sense.</summary>
    public async Task SendRestAsync(CancellationToken cancellationToken)
    {
        while (outbox.HasHope && outbox.Due is { } due)
        {
            var left = due - time.GetUtcNow();
            await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken).ConfigureAwait(false);
            await SendAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _places.Dispose();

    private static TimeSpan Longer(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private TimeSpan Doubled(TimeSpan idle) =>
        TimeSpan.FromTicks(Math.Clamp(idle.Ticks * 2, Math.Max(LeastIdle.Ticks, manners.Pause.Ticks), LongestIdle.Ticks));

    /// <summary>Waits until the next poll; what falls due meanwhile is posted.</summary>
    private async Task WaitAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        var end = time.GetUtcNow() + pause;
        for (var now = time.GetUtcNow(); now < end; now = time.GetUtcNow())
        {
            var next = outbox.Due is { } due && due < end ? due : end;
            await Task.Delay(Longer(next - now, TimeSpan.Zero), time, cancellationToken).ConfigureAwait(false);
            await SendAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Works on a batch and hands it in.</summary>
    /// <returns>Whether the photo host refused all of it.</returns>
    private async Task<bool> WorkAsync(List<WorkRow> rows, string prefix, CancellationToken cancellationToken)
    {
        var tasks = new List<Task<WorkResult>>(rows.Count);
        var course = new BatchCourse();
        foreach (var row in rows)
        {
            await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
            tasks.Add(Task.Run(() => WorkAsync(row, prefix, course, cancellationToken), CancellationToken.None));
        }

        var results = await Task.WhenAll(tasks).ConfigureAwait(false);
        var reported = results
            .Where(result => result.Fate is WorkFate.Done or WorkFate.Failed or WorkFate.Gone && !course.IsWhollyLost)
            .ToList();
        foreach (var chunk in reported.Chunk(PostSize))
        {
            outbox.Add((Outbox.Labels, WorkPosts.Labels(chunk)), ("embeddings", WorkPosts.Embeddings(chunk)));
        }

        Count(results, reported, course);
        await SendAsync(cancellationToken).ConfigureAwait(false);
        _refusedBatches = course.IsRefused ? _refusedBatches + 1 : 0;
        if (course.IsWhollyLost || _refusedBatches == RefusedBatches)
        {
            throw new RunFailureException(
                RunFailure.Environment,
                $"the photo host gives none of {Counted.Of(course.Lost, "photo")} ({course.LastWhy}); nothing is reported of them, and the labeller hands them out again"
            );
        }

        return course.IsRefused;
    }

    private async Task<WorkResult> WorkAsync(WorkRow row, string prefix, BatchCourse course, CancellationToken cancellationToken)
    {
        try
        {
            var result = course.IsWhollyLost
                ? new WorkResult(row, WorkFate.Untried, Why: "the photo host gives nothing")
                : await tagger.TagAsync(row, prefix, cancellationToken).ConfigureAwait(false);
            course.Ended(result);
            return result;
        }
        finally
        {
            _places.Release();
        }
    }

    private void Count(WorkResult[] results, List<WorkResult> reported, BatchCourse course)
    {
        Totals.Rows += results.Length;
        foreach (var result in results)
        {
            var (id, why) = (result.Row.Id, result.Why?.ReplaceLineEndings(" "));
            if (result.Fate == WorkFate.Done)
            {
                Totals.Done++;
                Totals.Untitled += result.Row.Title is null ? 1 : 0;
                if (result.Row.Title is null && manners.WarnsOfUntitled)
                {
                    tell($"photo {id} has no title; the empty one stands in for it");
                }

                difficult.Had(id);
            }
            else if (reported.Contains(result))
            {
                Totals.Failed++;
                difficult.Had(id);
                tell($"photo {id} failed: {why}");
            }
            else if (course.Blames(result) && difficult.Failed(result.Row, why ?? ""))
            {
                Totals.Aside++;
                tell($"photo {id} is set aside after {Counted.Of(manners.Attempts, "attempt")}: {why}");
            }
            else
            {
                Totals.Left++;
                if (result.Fate != WorkFate.Untried)
                {
                    tell($"photo {id} is left for later: {why}");
                }
            }

            record?.Write(WorkPosts.Record(result));
        }

        record?.Flush();
        difficult.Save();
    }
}
