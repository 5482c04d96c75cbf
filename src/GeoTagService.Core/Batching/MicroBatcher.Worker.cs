using System.Diagnostics.CodeAnalysis;

namespace GeoTagService.Core.Batching;

// What the lane's own threads do. Blocking is meant here: these threads exist to sit in native runs.
internal sealed partial class MicroBatcher<TItem, TResult>
{
    private readonly Lock _reading = new();
    private readonly Lock _entering = new();
    private long _lastProgress;
    private long _lastDone = long.MinValue;
    private long _runBegan;
    private int _running;
    private volatile bool _abandoned;

    private bool IsRunning => Volatile.Read(ref _running) > 0;

    /// <summary>Keeps the loop alive until the lane has stopped and is empty.</summary>
    [SuppressMessage(
        "Design",
        "CA1031",
        Justification = "Supervision: whatever the loop died of, its waiters are " + "failed, it is logged, and the loop starts again."
    )]
    private void Work(Worker worker)
    {
        ThreadNiceness.Set(_lane.Niceness);
        while (true)
        {
            try
            {
                Loop(worker);
                break;
            }
            catch (Exception crash)
            {
                Log.LoopCrashed(_logger, crash, _lane.Name);
                _metrics.LoopCrashed(_lane.Name);
                FailTaken(worker, Failed());
                PauseAfterCrash(worker);
            }
        }

        if (Interlocked.Decrement(ref _workersAlive) == 0)
        {
            _workersEnded.TrySetResult();
        }
    }

    private void Loop(Worker worker)
    {
        while (WaitForItems(worker))
        {
            Linger(worker);
            var begun = _time.GetTimestamp();
            int done;
            var isIn = false;
            try
            {
                // One worker after the other, so that each knows what those before it took.
                lock (_entering)
                {
                    // All workers wake for an item: those that find it taken leave the gate to who has work.
                    if (worker.Taken.Count == 0 && _queue.Reader.Count == 0)
                    {
                        continue;
                    }

                    worker.Share = _gate.Enter(_hasWorkForSeveral);
                    isIn = true;
                    // Taken after the gate opened: whoever came in the meantime is in the batch.
                    Take(worker, Portion(worker));
                }

                done = RunTaken(worker);
            }
            finally
            {
                if (isIn)
                {
                    _gate.Exit();
                }
            }

            if (done > 0)
            {
                ObserveLane(done, begun);
                worker.Crashes = 0;
            }

            lock (_reading)
            {
                worker.Taken.Clear();
            }
        }
    }

    /// <summary>Takes note of how soon the lane, busy as it was, had these items done: since whichever of its workers was done
    /// last. Workers that take turns, or run side by side, so make a lane as fast as they are together.</summary>
    private void ObserveLane(int done, long begun)
    {
        lock (_reading)
        {
            var now = _time.GetTimestamp();
            _rate.Observe(done, _time.GetElapsedTime(Math.Max(begun, _lastDone), now));
            _lastDone = now;
        }
    }

    /// <summary>Blocks until there is an item, or says false when there will never be one.</summary>
    private bool WaitForItems(Worker worker)
    {
        var pending = worker.PendingRead ?? _queue.Reader.WaitToReadAsync().AsTask();
        worker.PendingRead = null;
        return pending.GetAwaiter().GetResult();
    }

    /// <summary>With a linger, gives company time to arrive after the first item.</summary>
    private void Linger(Worker worker)
    {
        if (_options.Linger <= TimeSpan.Zero)
        {
            return;
        }

        using var cancelDelay = new CancellationTokenSource();
        var delay = Task.Delay(_options.Linger, _time, cancelDelay.Token);
        Take(worker, _lane.MaxBatchSize);
        while (worker.Taken.Count < _lane.MaxBatchSize && !delay.IsCompleted)
        {
            var read = worker.PendingRead ??= _queue.Reader.WaitToReadAsync().AsTask();
            if (Task.WhenAny(read, delay).GetAwaiter().GetResult() == delay)
            {
                break;
            }

            worker.PendingRead = null;
            if (!read.GetAwaiter().GetResult())
            {
                break;
            }

            Take(worker, _lane.MaxBatchSize);
        }

        cancelDelay.Cancel();
    }

    /// <summary>How much a worker takes: with a part of the machine, what leaves as much for the parts that are still free.</summary>
    private int Portion(Worker worker)
    {
        if (worker.Share == MachineShare.Whole || !_lane.IsDivisible)
        {
            return _lane.MaxBatchSize;
        }

        // Its own part is not free any more.
        var parts = _gate.Free + 1;
        return Math.Min((_queue.Reader.Count + worker.Taken.Count + parts - 1) / parts, _lane.MaxBatchSize);
    }

    /// <summary>Takes what is queued, up to a number; dead waiters do not count.</summary>
    private void Take(Worker worker, int most)
    {
        lock (_reading)
        {
            while (worker.Taken.Count < most && _queue.Reader.TryRead(out var waiter))
            {
                if (_abandoned)
                {
                    waiter.Finish(Stopping());
                }

                if (!Drop(waiter))
                {
                    worker.Taken.Add(waiter);
                }
            }
        }
    }

    /// <summary>Ends a waiter that must not be run: gone, or past its deadline. Says whether it was one.</summary>
    private bool Drop(Waiter waiter)
    {
        if (waiter.IsDead)
        {
            waiter.Cancel();
        }
        else if (waiter.HasExpired(_time))
        {
            waiter.Finish(
                new TaggingError(
                    TaggingErrorCode.DeadlineExceeded,
                    null,
                    $"the {_lane.Name} queue moved too slowly for this request's deadline"
                )
                {
                    RetryAfter = ExpectedWait(_places.Taken) is { Ticks: > 0 } wait ? wait : DefaultRetryAfter,
                }
            );
        }
        else
        {
            return false;
        }

        Release(waiter);
        return true;
    }

    /// <summary>Runs what was taken, in one run or, where lengths differ enough, in several. Says how many were run.</summary>
    private int RunTaken(Worker worker)
    {
        var taken = worker.Taken;
        // Those taken by a linger may have died at the gate.
        lock (_reading)
        {
            taken.RemoveAll(Drop);
        }

        if (taken.Count == 0)
        {
            return 0;
        }

        worker.Runs.Clear();
        if (_lane.Length is { } length && taken.Count > 1)
        {
            lock (_reading)
            {
                taken.Sort((left, right) => length(left.Item).CompareTo(length(right.Item)));
            }

            RunPlanner.Plan(
                taken.ConvertAll(waiter => length(waiter.Item)).ToArray(),
                _lane.MaxBatchSize,
                _lane.MaxRunLength,
                _lane.RunOverhead,
                worker.Runs
            );
        }
        else
        {
            worker.Runs.Add(taken.Count);
        }

        var done = taken.Count;
        Interlocked.Add(ref _running, done);
        Volatile.Write(ref _runBegan, _time.GetTimestamp());
        try
        {
            foreach (var waiter in taken)
            {
                waiter.LeaveQueue();
            }

            var start = 0;
            foreach (var count in worker.Runs)
            {
                if (start > 0)
                {
                    // The other lane has its turn between two runs of this one.
                    _gate.Exit();
                    worker.Share = _gate.Enter(_hasWorkForSeveral);
                }

                Run(taken, start, count, worker.Share);
                start += count;
            }
        }
        finally
        {
            Interlocked.Add(ref _running, -done);
        }

        return done;
    }

    /// <summary>One native run. A run that fails as a whole is halved until the bad item stands alone.</summary>
    [SuppressMessage(
        "Design",
        "CA1031",
        Justification = "The batch loop is one of the two places for a broad catch: "
            + "whatever a run died of, its waiters must be told and the next run must go on."
    )]
    private void Run(List<Waiter> waiters, int start, int count, MachineShare share)
    {
        var began = _time.GetTimestamp();
        MarkProgress();
        try
        {
            var items = new TItem[count];
            for (var i = 0; i < count; i++)
            {
                items[i] = waiters[start + i].Item;
            }

            var results = _lane.Run(items, share);
            if (results.Length != count)
            {
                throw new InvalidOperationException($"a run of {count} items gave {results.Length} results");
            }

            var took = _time.GetElapsedTime(began);
            _metrics.BatchRan(_lane.Name, count, took);
            for (var i = 0; i < count; i++)
            {
                var waiter = waiters[start + i];
                var waited = _time.GetElapsedTime(waiter.EnteredAt, began);
                _metrics.QueueWaited(_lane.Name, waited);
                waiter.Finish(new Batched<TResult>(results[i], waited, took, count));
                Release(waiter);
            }
        }
        catch (EncoderLostException lost)
        {
            // Not the items' fault, and halving would only lose time: another process may answer them.
            Log.EncoderLost(_logger, _lane.Name, count, lost.Message);
            _lane.Failed?.Invoke(lost);
            foreach (var waiter in waiters.GetRange(start, count))
            {
                waiter.Finish(Lost());
                Release(waiter);
            }
        }
        catch (Exception failure) when (count > 1 && !waiters[start].IsReleased)
        {
            Log.RunFailed(_logger, failure, _lane.Name, count);
            Run(waiters, start, count / 2, share);
            Run(waiters, start + (count / 2), count - (count / 2), share);
        }
        catch (Exception failure) when (!waiters[start].IsReleased)
        {
            Log.ItemFailed(_logger, failure, _lane.Name);
            waiters[start].Finish(Failed());
            Release(waiters[start]);
            _lane.Failed?.Invoke(failure);
        }

        MarkProgress();
    }

    private void Release(Waiter waiter)
    {
        if (waiter.IsReleased)
        {
            return;
        }

        waiter.IsReleased = true;
        waiter.Registration.Unregister();
        _lane.Release?.Invoke(waiter.Item);
    }

    /// <summary>After a crash of the loop: nobody whom it had in hand may wait for ever.</summary>
    private void FailTaken(Worker worker, TaggingError error)
    {
        lock (_reading)
        {
            foreach (var waiter in worker.Taken)
            {
                waiter.Finish(error);
                if (!waiter.IsReleased)
                {
                    waiter.IsReleased = true;
                    waiter.Registration.Unregister();
                    TryRelease(waiter.Item);
                }
            }

            worker.Taken.Clear();
        }
    }

    [SuppressMessage(
        "Design",
        "CA1031",
        Justification = "The crash that is being cleaned up may come from here; it was "
            + "logged, and the clean-up has to reach the last waiter."
    )]
    private void TryRelease(TItem item)
    {
        try
        {
            _lane.Release?.Invoke(item);
        }
        catch (Exception crash)
        {
            Log.LoopCrashed(_logger, crash, _lane.Name);
        }
    }

    /// <summary>A loop that crashes again and again must not take a core with it. The first restart is immediate.</summary>
    private void PauseAfterCrash(Worker worker)
    {
        if (worker.Crashes++ > 0)
        {
            var pause = TimeSpan.FromMilliseconds(Math.Min(100 * worker.Crashes, 5000));
            Task.WhenAny(Task.Delay(pause, _time), _workersEnded.Task).GetAwaiter().GetResult();
        }
    }

    /// <summary>The drain's time is up: whoever still waits, queued or in a run, is failed now. Items in a run are
    /// released when it ends.</summary>
    private void Abandon()
    {
        var failed = 0;
        lock (_reading)
        {
            _abandoned = true;
            while (_queue.Reader.TryRead(out var waiter))
            {
                waiter.Finish(Stopping());
                Release(waiter);
                failed++;
            }

            foreach (var worker in _workers)
            {
                foreach (var waiter in worker.Taken.Where(waiter => !waiter.Task.IsCompleted))
                {
                    waiter.Finish(Stopping());
                    failed++;
                }
            }
        }

        if (failed > 0)
        {
            Log.Abandoned(_logger, _lane.Name, failed);
        }
    }

    private void MarkProgress() => Volatile.Write(ref _lastProgress, _time.GetTimestamp());

    private static TaggingError Lost() =>
        new(TaggingErrorCode.NotReady, null, "the engine was lost and the process is about to end") { RetryAfter = DefaultRetryAfter };

    private static TaggingError Failed() => new(TaggingErrorCode.InferenceFailed, null, "the engine failed on this item");
}
