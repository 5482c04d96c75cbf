using System.Diagnostics.CodeAnalysis;

namespace GeoTagService.Core.Batching;

internal sealed partial class MicroBatcher<TItem, TResult>
{
    /// <summary>
    /// One caller's wait. It ends exactly once, by whichever of result, error, cancellation and stop comes first; its
    /// item is released exactly once, by the lane, when no run reads it any more. The two are not the same moment: a
    /// cancelled caller goes at once, while its item may lie in a run under way.
    /// </summary>
    private sealed class Waiter(TItem item, LanePlace place, long enteredAt, TimeSpan? timeout, CancellationToken cancellationToken)
        // Continuations run elsewhere: a caller's code must not hold up the lane's thread.
        : TaskCompletionSource<Outcome<Batched<TResult>>>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TItem Item { get; } = item;

        public long EnteredAt { get; } = enteredAt;

        public CancellationTokenRegistration Registration { get; set; }

        /// <summary>Whether its item was released. Touched by the lane alone.</summary>
        public bool IsReleased { get; set; }

        /// <summary>Whether its caller went away, before the callback of the cancellation was even run.</summary>
        public bool IsDead => Task.IsCompleted || cancellationToken.IsCancellationRequested;

        public bool HasExpired(TimeProvider time) => timeout is { } limit && time.GetElapsedTime(EnteredAt) > limit;

        public void LeaveQueue() => place.Dispose();

        public void Cancel(CancellationToken token)
        {
            TrySetCanceled(token);
            place.Dispose();
        }

        public void Cancel() => Cancel(cancellationToken);

        [SuppressMessage("Usage", "CA1849", Justification = "Nothing blocks here.")]
        public void Finish(Outcome<Batched<TResult>> outcome)
        {
            TrySetResult(outcome);
            place.Dispose();
        }
    }

    /// <summary>One thread of the lane and what it has in hand. <see cref="Taken"/> changes under the lane's lock only.</summary>
    private sealed class Worker
    {
        public List<Waiter> Taken { get; } = [];

        public List<int> Runs { get; } = [];

        public int Crashes { get; set; }

        /// <summary>What its run may use, from gate to gate.</summary>
        public MachineShare Share { get; set; }

        /// <summary>A wait for items that a linger began and did not use up: it is awaited next, never abandoned, because
        /// an abandoned one would swallow its wake-up.</summary>
        public Task<bool>? PendingRead { get; set; }
    }
}
