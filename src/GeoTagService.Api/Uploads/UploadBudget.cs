using GeoTagService.Api.Hosting;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Uploads;

/// <summary>
/// The memory that all uploads share. It is charged as bytes come, never for what a header promises; one client gets a share of
/// it at most, the first bytes of an upload never wait, and where room is wanted the slowest senders are ended first.
/// docs/decisions/uploads.md tells why.
/// </summary>
internal sealed class UploadBudget : IDisposable
{
    /// <summary>What every upload may take without waiting: titles, and small photos.</summary>
    public const int Step = 64 * 1024;

    /// <summary>How far a sender is behind before it has to make room for others.</summary>
    private static readonly TimeSpan Forgiven = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly HashSet<Upload> _uploads = [];
    private readonly HashSet<ReceivedBody> _bodies = [];
    private readonly Dictionary<string, long> _heldBy = new(StringComparer.Ordinal);
    private readonly List<Waiter> _waiters = [];
    private readonly EdgeOptions _options;
    private readonly long _room;
    private readonly long _largest;
    private readonly long _share;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _charged;
    private bool _ticking;

    public UploadBudget(IOptions<EdgeOptions> options, IOptions<TaggingOptions> tagging, TimeProvider time)
    {
        _options = options.Value;
        _room = _options.MaxBufferedUploadBytes;
        // One upload of the largest kind always fits.
        _largest = UploadBuffer.MemoryFor(tagging.Value.MaxImageBytes);
        _share = Math.Min(_room, Math.Max(_room * _options.MaxUploadSharePercent / 100, _largest));
        _time = time;
        Windows = new WindowRoom(_room / 4);
        _timer = time.CreateTimer(_ => Watch(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What unpacking takes beside the room: at most a quarter of it.</summary>
    public WindowRoom Windows { get; }

    /// <summary>Bytes that are taken now.</summary>
    public long TakenBytes
    {
        get
        {
            lock (_lock)
            {
                return _uploads.Sum(upload => upload.Held);
            }
        }
    }

    /// <summary>Opens an account; nothing is taken yet.</summary>
    /// <param name="body">Where the upload comes from, or null.</param>
    /// <param name="client">Whose it is.</param>
    /// <param name="most">Most bytes that may come.</param>
    public Upload Open(ReceivedBody? body, string client, long most)
    {
        var upload = new Upload(this, body, client, Math.Min(UploadBuffer.MemoryFor(most), _share));
        lock (_lock)
        {
            _uploads.Add(upload);
        }

        return upload;
    }

    /// <summary>Watches a body's pace from now on.</summary>
    internal void Add(ReceivedBody body)
    {
        lock (_lock)
        {
            _bodies.Add(body);
            StartTicking();
        }
    }

    /// <summary>Watches a body no more.</summary>
    internal void Remove(ReceivedBody body)
    {
        lock (_lock)
        {
            _bodies.Remove(body);
        }
    }

    internal async ValueTask<TaggingError?> TakeAsync(Upload upload, long bytes, CancellationToken cancellationToken)
    {
        Waiter waiter;
        List<ReceivedBody> ended;
        lock (_lock)
        {
            if (upload.Body?.Ended is { } why)
            {
                return why;
            }

            if (upload.Held + bytes <= Step || (_waiters.Count == 0 && Fits(upload, bytes)))
            {
                Grant(upload, bytes);
                return null;
            }

            waiter = new Waiter(upload, bytes, _time.GetTimestamp());
            _waiters.Add(waiter);
            StartTicking();
            ended = EndTheSlowest();
            Serve();
        }

        Interrupt(ended);
        await using var registration = cancellationToken.Register(() => Forget(waiter));
        return await waiter.Answer.Task;
    }

    internal void Complete(Upload upload, long bytes)
    {
        lock (_lock)
        {
            upload.Body = null;
            Grant(upload, Math.Min(0, bytes - upload.Held));
            upload.Most = upload.Held;
            Serve();
        }
    }

    internal void Release(Upload upload)
    {
        lock (_lock)
        {
            if (_uploads.Remove(upload))
            {
                Grant(upload, -upload.Held);
                Serve();
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private static void Interrupt(List<ReceivedBody> ended)
    {
        // Outside the lock: what waits for the bytes may go on at once, on this thread.
        foreach (var body in ended)
        {
            body.Interrupt();
        }
    }

    /// <summary>What of an upload's memory counts against the room. The first bytes never wait, so they must not take what
    /// others were promised either: many beginnings would leave too little for any upload to be completed.</summary>
    internal static long Charge(long held) => Math.Max(0, held - Step);

    private bool Fits(Upload upload, long bytes)
    {
        var more = Charge(upload.Held + bytes) - Charge(upload.Held);
        var client = _heldBy.GetValueOrDefault(upload.Client) + more;
        if (_charged + more > _room || client > _share)
        {
            return false;
        }

        // With room for one more of the largest kind any order will do, and nobody needs to be counted.
        return (_charged + more + _largest <= _room && client + _largest <= _share)
            || UploadSafety.IsSafe([.. _uploads.Select(other => other.Claim(other == upload ? bytes : 0))], _room, _share);
    }

    private void Grant(Upload upload, long bytes)
    {
        var more = Charge(upload.Held + bytes) - Charge(upload.Held);
        upload.Held += bytes;
        _charged += more;
        var held = _heldBy.GetValueOrDefault(upload.Client) + more;
        if (held == 0)
        {
            _heldBy.Remove(upload.Client);
        }
        else
        {
            _heldBy[upload.Client] = held;
        }
    }

    /// <summary>Gives room to those who wait: first to the client that holds least, then in the order they came.</summary>
    private void Serve()
    {
        if (_waiters.Count == 0)
        {
            return;
        }

        foreach (
            var waiter in _waiters
                .OrderBy(waiter => _heldBy.GetValueOrDefault(waiter.Upload.Client))
                .ThenBy(waiter => waiter.Since)
                .ToList()
        )
        {
            if (waiter.Upload.Body?.Ended is { } ended)
            {
                Answer(waiter, ended);
            }
            else if (Fits(waiter.Upload, waiter.Bytes))
            {
                Grant(waiter.Upload, waiter.Bytes);
                Answer(waiter, null);
            }
        }
    }

    /// <summary>Somebody waits: who is behind gives room, the slowest first, until what is given up is enough.</summary>
    private List<ReceivedBody> EndTheSlowest()
    {
        var ended = new List<ReceivedBody>();
        var wanted = _waiters.Sum(waiter => waiter.Bytes);
        var slow = _uploads
            .Where(upload => upload.Held > 0 && upload.Body is { Ended: null } body && body.Behind > Forgiven)
            .OrderByDescending(upload => upload.Body!.Behind);
        foreach (var upload in wanted > 0 ? slow.ToList() : [])
        {
            upload.Body!.End(UploadFaults.TooSlow(_options.MinUploadBytesPerSecond));
            ended.Add(upload.Body);
            wanted -= upload.Held;
            if (wanted <= 0)
            {
                break;
            }
        }

        return ended;
    }

    private void Watch()
    {
        List<ReceivedBody> ended;
        lock (_lock)
        {
            ended = [.. _bodies.Where(body => body.Ended is null && body.EndIfAtFault())];
            foreach (var waiter in _waiters.Where(waiter => _time.GetElapsedTime(waiter.Since) >= _options.UploadWait).ToList())
            {
                Answer(waiter, UploadFaults.NoRoom());
            }

            ended.AddRange(EndTheSlowest());
            Serve();
            if (_bodies.Count == 0 && _waiters.Count == 0)
            {
                _ticking = false;
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        Interrupt(ended);
    }

    private void StartTicking()
    {
        if (!_ticking)
        {
            _ticking = true;
            _timer.Change(Tick, Tick);
        }
    }

    private void Forget(Waiter waiter)
    {
        lock (_lock)
        {
            _waiters.Remove(waiter);
            // Unless it was answered in the same moment; then it holds what it got, and gives it back with the rest.
            waiter.Answer.TrySetCanceled();
        }
    }

    private void Answer(Waiter waiter, TaggingError? error)
    {
        _waiters.Remove(waiter);
        waiter.Answer.TrySetResult(error);
    }

    /// <summary>Somebody who waits for room.</summary>
    private sealed record Waiter(Upload Upload, long Bytes, long Since)
    {
        public TaskCompletionSource<TaggingError?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
