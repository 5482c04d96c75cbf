using System.Buffers;
using System.Collections.Concurrent;
using GeoTagService.Bulk.Lists;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Queue;

/// <summary>How a worker works.</summary>
/// <param name="Name">Its name, which no other worker has.</param>
/// <param name="AtOnce">Most tasks that it has in hand.</param>
/// <param name="Attempts">How often a task is tried before it is given up.</param>
/// <param name="Silence">After so long without a word from its worker a task is another's; the same for all workers.</param>
/// <param name="UntilEmpty">Whether to end when every task is settled.</param>
public sealed record QueueManners(string Name, int AtOnce, int Attempts, TimeSpan Silence, bool UntilEmpty);

/// <summary>
/// Takes tasks, tags them, writes what became of them. It takes no more than it works on. A task that was handed out before is
/// worked on with no other of its kind beside it: a photo that ends the process then takes down no task that was innocent twice.
/// </summary>
public sealed class QueueWorker(
    TaskQueue queue,
    IListTagger tagger,
    string? head,
    ListContent content,
    QueueManners manners,
    Action<string> tell,
    TimeProvider time
) : IDisposable
{
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LeastIdle = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(20);

    private static readonly ListFault Unanswered = new("unexpected-answer", null, "Nothing was said of this task.") { IsPassing = true };

    private readonly NdJsonFormat _format = new(content, ListAbout.Of(tagger.Model.Stamp, head, content));
    private readonly SemaphoreSlim _places = new(manners.AtOnce);
    private readonly ConcurrentDictionary<string, Task> _inHand = new();

    /// <summary>How it goes.</summary>
    public QueueTotals Totals { get; } = new();

    /// <summary>Works until it is told to stop; what is in hand is finished, or left to others when that takes long.</summary>
    /// <exception cref="RunFailureException">Nothing can be tagged any more.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var end = new CancellationTokenSource();
        using var taking = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] loops =
        [
            GuardAsync(FirstTriesAsync(taking.Token, end.Token), taking),
            GuardAsync(FurtherTriesAsync(taking.Token, end.Token), taking),
        ];
        var holding = HoldAsync(end.Token);
        try
        {
            await Task.WhenAll(loops).ConfigureAwait(false);
        }
        finally
        {
            using var patience = new CancellationTokenSource(Drain, time);
            try
            {
                await Task.WhenAll(_inHand.Values).WaitAsync(patience.Token).ConfigureAwait(false);
            }
            catch (Exception late) when (late is OperationCanceledException or RunFailureException)
            {
                // What is not finished is another worker's, as below.
            }

            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAny(holding).ConfigureAwait(false);
            await Task.WhenAny(Task.WhenAll(_inHand.Values)).ConfigureAwait(false);
            await LeaveAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    /// <summary>One loop that fails, or finds everything settled, ends the other.</summary>
    private static async Task GuardAsync(Task loop, CancellationTokenSource taking)
    {
        try
        {
            await loop.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (taking.IsCancellationRequested)
        {
            // Told to stop.
        }
        finally
        {
            await taking.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task FirstTriesAsync(CancellationToken stop, CancellationToken end)
    {
        var idle = LeastIdle;
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (true)
        {
            await (await Task.WhenAny(_places.WaitAsync(stop), failed.Task).ConfigureAwait(false)).ConfigureAwait(false);
            var places = 1;
            while (places < manners.AtOnce && _places.Wait(0, CancellationToken.None))
            {
                places++;
            }

            var tasks = await queue.TakeAsync(manners.Name, places, stop).ConfigureAwait(false);
            foreach (var task in tasks)
            {
                // Known before it begins, because it may end at once.
                _inHand[task.Entry] = Task.CompletedTask;
                var work = Task.Run(() => WorkAndReleaseAsync(task, failed, end), CancellationToken.None);
                _inHand.TryUpdate(task.Entry, work, Task.CompletedTask);
            }

            if (places > tasks.Length)
            {
                _places.Release(places - tasks.Length);
            }

            if (tasks.Length > 0)
            {
                idle = LeastIdle;
                continue;
            }

            if (manners.UntilEmpty && await queue.IsEmptyAsync(stop).ConfigureAwait(false))
            {
                return;
            }

            await Task.WhenAny(Task.Delay(idle, time, stop), failed.Task).Unwrap().ConfigureAwait(false);
            idle = TimeSpan.FromTicks(Math.Min(idle.Ticks * 2, LongestIdle.Ticks));
        }
    }

    private async Task FurtherTriesAsync(CancellationToken stop, CancellationToken end)
    {
        while (true)
        {
            var task = await queue.TakeOverAsync(manners.Name, manners.Silence, stop).ConfigureAwait(false);
            if (task is null)
            {
                await queue.ForgetAsync(manners.Silence * 10, stop).ConfigureAwait(false);
                await Task.Delay(manners.Silence / 4, time, stop).ConfigureAwait(false);
            }
            else if (_inHand.TryAdd(task.Entry, Task.CompletedTask))
            {
                var work = WorkAsync(task, end);
                _inHand[task.Entry] = work;
                try
                {
                    await work.ConfigureAwait(false);
                }
                finally
                {
                    _inHand.TryRemove(task.Entry, out _);
                }
            }
        }
    }

    private async Task WorkAndReleaseAsync(QueueTask task, TaskCompletionSource failed, CancellationToken end)
    {
        try
        {
            await WorkAsync(task, end).ConfigureAwait(false);
            _inHand.TryRemove(task.Entry, out _);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The task stays in hand, so that it is left to others.
            failed.TrySetException(fault);
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task WorkAsync(QueueTask task, CancellationToken end)
    {
        var item = task.ToItem();
        if (task.Tries > manners.Attempts)
        {
            var lost = Counted.Of(task.Tries - 1, "time");
            await BuryAsync(task, item, new ListFault("abandoned", null, $"It was handed out {lost}, and no worker came back."), end)
                .ConfigureAwait(false);
            return;
        }

        var outcome = item.Fault is { } malformed ? malformed : (await tagger.TagAsync([item], end).ConfigureAwait(false))[0];
        if (outcome.Scores is { } scores)
        {
            var row = new ArrayBufferWriter<byte>(512);
            _format.Write(row, item, scores);
            var isFirst = await queue
                .AnswerAsync(task, item.Id, row.WrittenSpan.TrimEnd((byte)'\n').ToArray(), tagger.Model.Digest, end)
                .ConfigureAwait(false);
            Count(isFirst, Totals.CountDone);
            return;
        }

        var fault = outcome.Fault ?? Unanswered;
        if (MayPass(item, fault) && task.Tries < manners.Attempts)
        {
            Totals.CountLeft();
            tell($"task {item.Id} is left for another try: {fault.Detail}");
        }
        else
        {
            await BuryAsync(task, item, fault, end).ConfigureAwait(false);
        }
    }

    /// <summary>A host may cut a photo short and call it whole.</summary>
    private static bool MayPass(ListItem item, ListFault fault) =>
        fault.IsPassing || (WebPhotos.IsAddress(item.Image) && fault.Code == TaggingErrorCode.InvalidImage.ToName());

    private async Task BuryAsync(QueueTask task, ListItem item, ListFault fault, CancellationToken end)
    {
        var isFirst = await queue.BuryAsync(task, item.Id, fault, end).ConfigureAwait(false);
        Count(isFirst, Totals.CountDead);
        if (isFirst)
        {
            tell($"task {item.Id} is given up: {fault.Detail}");
        }
    }

    private void Count(bool isFirst, Action count)
    {
        if (isFirst)
        {
            count();
        }
        else
        {
            Totals.CountLate();
        }
    }

    /// <summary>Keeps others from taking over what is in hand.</summary>
    private async Task HoldAsync(CancellationToken end)
    {
        while (true)
        {
            await Task.Delay(manners.Silence / 4, time, end).ConfigureAwait(false);
            await queue.HoldAsync(manners.Name, [.. _inHand.Keys], end).ConfigureAwait(false);
        }
    }

    private async Task LeaveAsync()
    {
        // A server that is away now is not waited for: the tasks become others' by themselves.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3), time);
        try
        {
            await queue.LeaveAsync(manners.Name, manners.Silence, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            tell("the queue does not answer; what is unfinished is taken over by others later");
        }
    }
}
