using System.Threading.Channels;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Core.Batching;

/// <summary>
/// One lane's waiting room: many callers, few native runs. A free worker takes whatever is queued up to the maximum,
/// so that batches grow by themselves exactly when there is something to gain. README.md beside this file states what
/// holds at all times.
/// </summary>
/// <typeparam name="TItem">What waits.</typeparam>
/// <typeparam name="TResult">What each waiter gets.</typeparam>
internal sealed partial class MicroBatcher<TItem, TResult> : IAsyncDisposable
{
    /// <summary>How long a client should stay away while nothing is known about the lane's speed.</summary>
    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lane<TItem, TResult> _lane;
    private readonly BatchingOptions _options;
    private readonly InferenceGate _gate;
    private readonly TaggingMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<Waiter> _queue;
    private readonly LanePlaces _places;
    private readonly BurstAllowance _burst;
    private readonly ServiceRate _rate = new();
    private readonly TaskCompletionSource _workersEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Worker[] _workers;
    private readonly Func<bool>? _hasWorkForSeveral;
    private int _workersAlive;
    private int _stopping;

    /// <summary>Starts the lane's threads.</summary>
    internal MicroBatcher(
        Lane<TItem, TResult> lane,
        BatchingOptions options,
        InferenceGate gate,
        TaggingMetrics metrics,
        TimeProvider time,
        ILogger logger
    )
    {
        _lane = lane;
        _options = options;
        _gate = gate;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _places = new LanePlaces(options.QueueCapacity);
        _burst = new BurstAllowance(StandingItems, options.QueueCapacity);
        _queue = Channel.CreateBounded<Waiter>(
            new BoundedChannelOptions(options.QueueCapacity)
            {
                // With Wait, TryWrite says false when the lane is full; the Drop modes would report success and lose work.
                FullMode = BoundedChannelFullMode.Wait,
                SingleReader = lane.Workers == 1,
                AllowSynchronousContinuations = false,
            }
        );
        // Below that, one run after the other on the whole machine answers sooner and does as much.
        _hasWorkForSeveral = lane.IsDivisible ? () => _queue.Reader.Count > lane.MaxBatchSize : null;
        _lastProgress = time.GetTimestamp();
        _workersAlive = lane.Workers;
        _workers = [.. Enumerable.Range(0, lane.Workers).Select(_ => new Worker())];
        foreach (var worker in _workers)
        {
            new Thread(() => Work(worker)) { IsBackground = true, Name = $"lane {lane.Name}" }.Start();
        }
    }

    /// <summary>Items admitted and not yet in a batch.</summary>
    public int QueueLength => _places.Taken;

    private int StandingItems => (int)Math.Min((long)_options.StandingBatches * _lane.MaxBatchSize, int.MaxValue);

    /// <summary>Takes a place in the lane, or says why not: full, too slow for the deadline, or stopping.</summary>
    /// <param name="timeout">How long the client will wait for its result, or null.</param>
    public Outcome<LanePlace> Reserve(TimeSpan? timeout)
    {
        if (Refusal(timeout) is { } refusal)
        {
            return refusal;
        }

        var ahead = _places.Taken;
        if (!_places.TryTake())
        {
            return QueueFull();
        }

        _burst.Admitted(ahead, idle: ahead == 0 && !IsRunning);

        _metrics.QueueEntered(_lane.Name);
        if (_places.Taken == 1)
        {
            // From idle to busy: the stall clock starts here, not at the last run of yesterday.
            MarkProgress();
        }

        return new LanePlace(_places, _metrics, _lane.Name);
    }

    /// <summary>Why an item would be refused now, or null.</summary>
    /// <param name="timeout">How long the client will wait for its result, or null.</param>
    /// <param name="items">Items that its client will send for one answer; all must fit into the longest wait.</param>
    public TaggingError? Refusal(TimeSpan? timeout, int items = 1)
    {
        if (Volatile.Read(ref _stopping) != 0)
        {
            return Stopping();
        }

        var ahead = _places.Taken;
        if (ahead >= _options.QueueCapacity)
        {
            return QueueFull();
        }

        if (!_burst.Admits(ahead))
        {
            return Overload(ahead);
        }

        if (!_rate.IsKnown)
        {
            return null;
        }

        // The last of several waits for the others, too.
        var wait = ExpectedWait(ahead) + _rate.TimeFor(items - 1, _lane.MaxBatchSize);
        var beyond = wait - _options.MaxWait;
        var code = beyond > TimeSpan.Zero ? TaggingErrorCode.Overloaded : TaggingErrorCode.DeadlineExceeded;
        if (timeout is { } patience)
        {
            // Runs side by side each take longer than the lane seems to need. While no more than a batch waits, there are none.
            var runs = _gate.HasWholeRuns && ahead <= _lane.MaxBatchSize ? 1 : _lane.Workers;
            var own = _rate.TimeFor(1, _lane.MaxBatchSize) * runs;
            beyond = TimeSpan.FromTicks(Math.Max(beyond.Ticks, (wait + own - patience).Ticks));
        }

        // An idle lane admits whoever comes: its measurements may be stale, and only a run can refresh them.
        return beyond > TimeSpan.Zero && (ahead > 0 || IsRunning)
            ? new TaggingError(
                code,
                null,
                $"the {_lane.Name} queue would take about {wait.TotalSeconds:0.0} s, longer than this request may wait"
            )
            {
                RetryAfter = beyond,
            }
            : null;
    }

    /// <summary>Why an item of bulk work would have to wait now, or null. Bulk work keeps half of the standing queue free, so
    /// that a request of its own is not refused for somebody's archive.</summary>
    public TaggingError? RefusalOfBulk()
    {
        var ahead = _places.Taken;
        return ahead > 0 && ahead >= StandingItems / 2 ? Overload(ahead) : Refusal(null);
    }

    /// <summary>Queues an item and waits for its result.</summary>
    /// <param name="item">The item. The lane owns it from here on, also when it is refused.</param>
    /// <param name="timeout">How long the client will wait for its result, or null.</param>
    /// <param name="cancellationToken">Ends the wait at once; an item whose run has not begun is not run.</param>
    public Task<Outcome<Batched<TResult>>> SubmitAsync(TItem item, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var place = Reserve(timeout);
        if (place.IsSuccess)
        {
            return SubmitAsync(item, place.Value, timeout, cancellationToken);
        }

        _lane.Release?.Invoke(item);
        return Task.FromResult<Outcome<Batched<TResult>>>(place.Error);
    }

    /// <summary>Queues an item that has a place and waits for its result.</summary>
    /// <param name="item">The item. The lane owns it from here on, also when it is refused.</param>
    /// <param name="place">Its place; the lane gives it back.</param>
    /// <param name="timeout">How long the client will still wait for its result, or null.</param>
    /// <param name="cancellationToken">Ends the wait at once; an item whose run has not begun is not run.</param>
    public Task<Outcome<Batched<TResult>>> SubmitAsync(TItem item, LanePlace place, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(place);
        ObjectDisposedException.ThrowIf(place.IsSpent, place);

        if (cancellationToken.IsCancellationRequested)
        {
            place.Dispose();
            _lane.Release?.Invoke(item);
            return Task.FromCanceled<Outcome<Batched<TResult>>>(cancellationToken);
        }

        var waiter = new Waiter(item, place, _time.GetTimestamp(), timeout, cancellationToken);
        // Registered before it is published, so that a worker never sees a half-made waiter.
        waiter.Registration = cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).Cancel(token), waiter);
        if (_queue.Writer.TryWrite(waiter))
        {
            return waiter.Task;
        }

        // Full of waiters that are dead but not yet swept, or completed by a stop.
        waiter.Finish(Volatile.Read(ref _stopping) != 0 ? Stopping() : QueueFull());
        waiter.Registration.Unregister();
        _lane.Release?.Invoke(item);
        return waiter.Task;
    }

    /// <summary>Why the lane is stuck (it has work, and nothing moved for <see cref="BatchingOptions.StallTimeout"/>),
    /// or null.</summary>
    public string? Stalled()
    {
        if (_places.Taken == 0 && !IsRunning)
        {
            return null;
        }

        var still = _time.GetElapsedTime(Volatile.Read(ref _lastProgress));
        return still > _options.StallTimeout
            ? $"the {_lane.Name} lane has {_places.Taken} queued items and has not moved for {still.TotalSeconds:0} s"
            : null;
    }

    /// <summary>Refuses new items, finishes the queued ones within <see cref="BatchingOptions.DrainTimeout"/>, and fails
    /// the rest with <see cref="TaggingErrorCode.NotReady"/>.</summary>
    /// <param name="cancellationToken">Cuts the drain short.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stopping, 1) == 0)
        {
            _queue.Writer.TryComplete();
        }

        try
        {
            await _workersEnded.Task.WaitAsync(_options.DrainTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception limit) when (limit is TimeoutException or OperationCanceledException)
        {
            Abandon();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None).ConfigureAwait(false);

    /// <summary>What a queue and the run under way will still take.</summary>
    private TimeSpan ExpectedWait(int ahead)
    {
        var queued = _rate.TimeFor(ahead, _lane.MaxBatchSize);
        var running = Volatile.Read(ref _running);
        if (running == 0)
        {
            return queued;
        }

        var left = _rate.TimeFor(running, _lane.MaxBatchSize) - _time.GetElapsedTime(Volatile.Read(ref _runBegan));
        return queued + (left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    private TaggingError Overload(int ahead) =>
        new(
            TaggingErrorCode.Overloaded,
            null,
            $"more comes in than can be done; {Counted.Of(ahead, "item is", "items are")} queued in the {_lane.Name} lane"
        )
        {
            // By then the queue is as short as it may stand.
            RetryAfter = _rate.IsKnown ? _rate.TimeFor(Math.Max(1, ahead - StandingItems + 1), _lane.MaxBatchSize) : DefaultRetryAfter,
        };

    private TaggingError QueueFull() =>
        new(TaggingErrorCode.Overloaded, null, $"the {_lane.Name} queue is full ({Counted.Of(_options.QueueCapacity, "item")})")
        {
            // By then one batch has left the queue, and with it there is room.
            RetryAfter = _rate.IsKnown ? _rate.TimeFor(_lane.MaxBatchSize, _lane.MaxBatchSize) : DefaultRetryAfter,
        };

    private static TaggingError Stopping() =>
        new(TaggingErrorCode.NotReady, null, "the service is stopping") { RetryAfter = DefaultRetryAfter };
}
