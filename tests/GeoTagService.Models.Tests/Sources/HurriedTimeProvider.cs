using System.Collections.Concurrent;

namespace GeoTagService.Models.Tests.Sources;

/// <summary>
/// A clock for pauses and stall timeouts: what is due in less than <see cref="Threshold"/> is due at once and noted, what
/// is due later waits until the test says that the time has come.
/// </summary>
internal sealed class HurriedTimeProvider : TimeProvider
{
    public static readonly TimeSpan Threshold = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<Timer, byte> _held = new();
    private readonly ConcurrentQueue<TimeSpan> _pauses = new();

    public IReadOnlyList<TimeSpan> Pauses => [.. _pauses];

    public override DateTimeOffset GetUtcNow() => new(2024, 5, 2, 12, 0, 0, TimeSpan.Zero);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets everything that waits be due.</summary>
    public void FireHeld()
    {
        foreach (var timer in _held.Keys)
        {
            timer.Fire();
        }
    }

    private sealed class Timer(HurriedTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan || dueTime >= Threshold)
            {
                owner._held[this] = 0;
                return true;
            }

            owner._pauses.Enqueue(dueTime);
            ThreadPool.QueueUserWorkItem(_ => callback(state));
            return true;
        }

        public void Fire()
        {
            if (owner._held.TryRemove(this, out _))
            {
                callback(state);
            }
        }

        public void Dispose() => owner._held.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
