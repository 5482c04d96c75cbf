
namespace GeoTagService.Core.Photos.Isolation;

/// <summary>
/// One photo on its way through a child. Its caller's wait ends exactly once: by the child's answer, by the caller's leaving, or
/// by a time that has run out. The last two also end the child while the photo lies in it.
/// </summary>
internal sealed class DecodeJob(ReadOnlyMemory<byte> photo, ImageDecodeRequest request, TimeSpan budget, TimeProvider time)
    // Continuations run elsewhere: a caller's code must not hold up the worker.
    : TaskCompletionSource<Outcome<ImageCrop>>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>A machine that gives a photo less than a third of a processor is overloaded.</summary>
    private const int MostWaitPerWork = 3;

    /// <summary>What a new process costs: a photo that is done within this time need not be interrupted.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan ShortestLook = TimeSpan.FromMilliseconds(20);

    private readonly Lock _access = new();
    private DecoderProcess? _process;
    private ITimer? _watch;
    private TimeSpan _processorAtEntry;
    private long _entered;

    /// <summary>The file.</summary>
    public ReadOnlyMemory<byte> Photo { get; } = photo;

    /// <summary>Limits and wishes.</summary>
    public ImageDecodeRequest Request { get; } = request;

    /// <summary>Puts the photo into a process and begins to watch the time.</summary>
    public void Enter(DecoderProcess process)
    {
        lock (_access)
        {
            _process = process;
            _entered = time.GetTimestamp();
            _processorAtEntry = process.ProcessorAtLastReply;
            _watch = time.CreateTimer(static job => ((DecodeJob)job!).Look(), this, budget, Timeout.InfiniteTimeSpan);
            if (Task.IsCompleted)
            {
                _watch.Change(Grace, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Takes it out again; nothing ends the process for its sake afterwards.</summary>
    public void Leave()
    {
        lock (_access)
        {
            _process = null;
            _watch?.Dispose();
            _watch = null;
        }
    }

    /// <summary>Its caller has left.</summary>
    public void Abandon(CancellationToken token)
    {
        TrySetCanceled(token);
        lock (_access)
        {
            _watch?.Change(Grace, Timeout.InfiniteTimeSpan);
        }
    }

    private void Look()
    {
        lock (_access)
        {
            if (_process is null)
            {
                return;
            }

            var used = _process.Processor - _processorAtEntry;
            if (used >= budget)
            {
                TrySetResult(ImageFaults.TakesTooLong(budget));
            }
            else if (time.GetElapsedTime(_entered) >= budget * MostWaitPerWork)
            {
                TrySetResult(ImageFaults.NoTimeToDecode(budget));
            }

            if (Task.IsCompleted)
            {
                _process.Kill();
                return;
            }

            var rest = budget - used;
            _watch?.Change(rest > ShortestLook ? rest : ShortestLook, Timeout.InfiniteTimeSpan);
        }
    }
}
