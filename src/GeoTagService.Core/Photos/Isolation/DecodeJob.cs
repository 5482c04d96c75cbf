namespace GeoTagService.Core.Photos.Isolation;

/// <summary>
/// One photo on its way through a child. Its caller's wait ends exactly once: by the child's answer, by the caller's leaving, or
/// by a time that has run out. The last two also end the child while the photo lies in it. The wait never ends while the
/// photo's bytes are being read, because they may be the caller's to give back.
/// </summary>
internal sealed class DecodeJob(ReadOnlyMemory<byte> photo, string format, ImageDecodeRequest request, DecodeTime limit, TimeProvider time)
    // Continuations run elsewhere: a caller's code must not hold up the worker.
    : TaskCompletionSource<Outcome<ImageCrop>>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>What a new process costs: a photo that is done within this time need not be interrupted.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan ShortestLook = TimeSpan.FromMilliseconds(20);

    private readonly Lock _access = new();
    private DecoderProcess? _process;
    private ITimer? _watch;
    private Action? _end;
    private bool _isRead;
    private TimeSpan _processorAtEntry;
    private long _entered;

    /// <summary>The file; not to be touched before <see cref="TryEnter"/> or after <see cref="Sent"/>.</summary>
    public ReadOnlyMemory<byte> Photo { get; } = photo;

    /// <summary>Name of its format, for messages.</summary>
    public string Format { get; } = format;

    /// <summary>Limits and wishes.</summary>
    public ImageDecodeRequest Request { get; } = request;

    /// <summary>Whether nobody waits any more, or nobody will as soon as the photo is out of the process.</summary>
    public bool IsEnded
    {
        get
        {
            lock (_access)
            {
                return _end is not null || Task.IsCompleted;
            }
        }
    }

    private TimeSpan FirstLook => Shorter(limit.Processor, limit.Longest);

    /// <summary>Puts the photo into a process and begins to watch the time.</summary>
    /// <returns>False when nobody waits any more; its bytes may be gone then.</returns>
    public bool TryEnter(DecoderProcess process)
    {
        lock (_access)
        {
            if (Task.IsCompleted)
            {
                return false;
            }

            _process = process;
            _isRead = true;
            _entered = time.GetTimestamp();
            _processorAtEntry = process.ProcessorAtLastReply;
            _watch = time.CreateTimer(static job => ((DecodeJob)job!).Look(), this, FirstLook, Timeout.InfiniteTimeSpan);
            return true;
        }
    }

    /// <summary>The process has all bytes.</summary>
    public void Sent()
    {
        lock (_access)
        {
            _isRead = false;
            _end?.Invoke();
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
            _isRead = false;
            _end?.Invoke();
        }
    }

    /// <summary>Its caller has left.</summary>
    public void Abandon(CancellationToken token)
    {
        lock (_access)
        {
            var isRead = _isRead;
            End(() => TrySetCanceled(token));
            if (isRead)
            {
                // The caller waits for its bytes.
                _process?.Kill();
            }

            _watch?.Change(Grace, Timeout.InfiniteTimeSpan);
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void Look()
    {
        lock (_access)
        {
            if (_process is null)
            {
                return;
            }

            var used = _process.Processor - _processorAtEntry;
            var left = limit.Longest - time.GetElapsedTime(_entered);
            if (used >= limit.Processor)
            {
                End(() => TrySetResult(ImageFaults.TakesTooLong(limit.Processor)));
            }
            else if (left <= TimeSpan.Zero)
            {
                End(() => TrySetResult(ImageFaults.NoTimeToDecode(limit.Processor)));
            }

            if (_end is not null)
            {
                _process.Kill();
                return;
            }

            var next = Shorter(limit.Processor - used, left);
            _watch?.Change(next > ShortestLook ? next : ShortestLook, Timeout.InfiniteTimeSpan);
        }
    }

    private void End(Action end)
    {
        _end ??= end;
        if (!_isRead)
        {
            _end();
        }
    }
}

/// <summary>How long one photo may take.</summary>
/// <param name="Processor">Time of a processor: what lies with the photo.</param>
/// <param name="Longest">Time by the clock: what lies with the machine.</param>
internal readonly record struct DecodeTime(TimeSpan Processor, TimeSpan Longest);
