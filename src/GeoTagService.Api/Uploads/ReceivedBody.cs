using System.Buffers;
using System.IO.Pipelines;
using GeoTagService.Api.Hosting;
using GeoTagService.Core;

namespace GeoTagService.Api.Uploads;

/// <summary>
/// A request's body as it is received: its pace is watched while it is waited for, and it can be interrupted and drained
/// afterwards. The server's own stream leaves its pipe in the middle of a read when that is cancelled, and the server then
/// complains that it cannot drain the rest. A packed body is unpacked here, so that its pace is that of what was sent and every limit
/// holds for what comes out.
/// </summary>
internal sealed class ReceivedBody : Stream
{
    private readonly PipeReader _pipe;
    private readonly UploadBudget _budget;
    private readonly EdgeOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly UploadPace _pace;
    private readonly bool _ofItems;
    private readonly long _opened;
    private readonly long _most;
    private readonly TaggingError? _tooLarge;
    private readonly Stream? _unpacked;
    private readonly long _mostPacked;
    private readonly long _mostOfItem;
    private readonly bool _hasWindow;
    private long _received;
    private long _content;
    private long _itemBegan;
    private long _window;
    private TimeSpan _waited;
    private long? _waitingSince;
    private bool _betweenItems;

    /// <param name="pipe">The server's reader of the body.</param>
    /// <param name="budget">Watches it until it is disposed.</param>
    /// <param name="client">Whose it is.</param>
    /// <param name="ofItems">Whether it holds items for as long as the client likes, each of which is an upload for itself.</param>
    /// <param name="options">Pace and times.</param>
    /// <param name="time">Time.</param>
    /// <param name="encoding">How it is packed.</param>
    /// <param name="most">Most bytes that it may have, and of a body of items, most bytes of one of them.</param>
    /// <param name="tooLarge">What is said when it has more.</param>
    public ReceivedBody(
        PipeReader pipe,
        UploadBudget budget,
        string client,
        bool ofItems,
        EdgeOptions options,
        TimeProvider time,
        BodyEncoding encoding = BodyEncoding.Plain,
        long most = long.MaxValue,
        TaggingError? tooLarge = null
    )
    {
        (_most, _mostOfItem, _tooLarge) = ofItems ? (long.MaxValue, most, tooLarge) : (most, long.MaxValue, tooLarge);
        // What cannot be packed grows a little by it. What holds nothing at all can be of any length otherwise.
        _mostPacked = encoding == BodyEncoding.Plain || ofItems ? _most : most + (most / 256) + 1024;
        _unpacked = BodyEncodings.Unpack(encoding, new Packed(this));
        _hasWindow = encoding == BodyEncoding.Brotli;
        _pipe = pipe;
        _budget = budget;
        _options = options;
        _time = time;
        _ofItems = ofItems;
        _opened = time.GetTimestamp();
        _pace = new UploadPace(options.MinUploadBytesPerSecond, options.UploadPatience);
        Client = client;
        budget.Add(this);
    }

    /// <summary>Whose it is.</summary>
    public string Client { get; }

    /// <summary>Why no more of it is read, once that was decided.</summary>
    public TaggingError? Ended { get; private set; }

    /// <summary>How much of its patience the sender has used up now.</summary>
    public TimeSpan Behind
    {
        get
        {
            lock (_lock)
            {
                return _betweenItems ? TimeSpan.Zero : _pace.Behind(Waiting);
            }
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private TimeSpan Waiting => _waitingSince is { } since ? _time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Opens the account of what is about to be received.</summary>
    /// <param name="most">Most bytes that may come.</param>
    public Upload Open(long most) => _budget.Open(this, Client, most);

    /// <summary>Opens an account of its client for what comes from elsewhere.</summary>
    /// <param name="most">Most bytes that may come.</param>
    public Upload OpenApart(long most) => _budget.Open(null, Client, most);

    /// <summary>Nothing of the next item is there yet: the client may take its time to begin it.</summary>
    public void AwaitItem()
    {
        lock (_lock)
        {
            _betweenItems = true;
            _waited = TimeSpan.Zero;
            _itemBegan = _content;
        }
    }

    /// <summary>The next item begins.</summary>
    public void BeginItem()
    {
        lock (_lock)
        {
            _betweenItems = false;
            _waited = TimeSpan.Zero;
        }
    }

    /// <summary>Ends the reading for good; <see cref="Interrupt"/> tells who waits for it.</summary>
    public void End(TaggingError why) => Ended ??= why;

    /// <summary>Ends the reading when its sender is too slow, or its time is over.</summary>
    /// <returns>Whether it was ended.</returns>
    public bool EndIfAtFault()
    {
        lock (_lock)
        {
            var waited = _waited + Waiting;
            Ended ??= (_betweenItems, _ofItems) switch
            {
                (true, _) => waited > _options.BatchIdleTimeout ? UploadFaults.Idle(_options.BatchIdleTimeout) : null,
                (_, true) when waited > _options.UploadTimeout => UploadFaults.TimedOut(_options.UploadTimeout),
                (_, false) when _time.GetElapsedTime(_opened) > _options.UploadTimeout => UploadFaults.TimedOut(_options.UploadTimeout),
                _ => _pace.IsTooSlow(Waiting) ? UploadFaults.TooSlow(_options.MinUploadBytesPerSecond) : null,
            };
            return Ended is not null;
        }
    }

    /// <summary>Ends the read that is waiting, or the next one, with <see cref="OperationCanceledException"/>.</summary>
    public void Interrupt() => _pipe.CancelPendingRead();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _unpacked is null ? ReceiveAsync(buffer) : UnpackAsync(_unpacked, buffer);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _unpacked?.Dispose();
        if (_window > 0)
        {
            _budget.Windows.Return(Client, _window);
            _window = 0;
        }

        _budget.Remove(this);
        base.Dispose(disposing);
    }

    private async ValueTask<int> UnpackAsync(Stream unpacked, Memory<byte> buffer)
    {
        int taken;
        try
        {
            taken = await unpacked.ReadAsync(buffer, CancellationToken.None);
        }
        catch (InvalidOperationException fault)
        {
            // What Brotli's stream throws for bytes that are none; gzip's throws what is caught for every body.
            throw new InvalidDataException(fault.Message, fault);
        }

        _content += taken;
        if (_content > _most || _content - _itemBegan > _mostOfItem)
        {
            Ended ??= _tooLarge;
        }
        else if (_hasWindow && WindowRoom.WindowOf(_content) - _window is > 0 and var more)
        {
            if (_budget.Windows.TryTake(Client, more))
            {
                _window += more;
            }
            else
            {
                Ended ??= UploadFaults.NoRoom();
            }
        }

        return Ended is null ? taken : throw new OperationCanceledException("the upload was ended");
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        // A pipe whose read ends by a token stays in the middle of that read; one that is told to end it does not. So
        // Interrupt alone ends a read: whoever opens the body has it called for every token that matters.
        var reading = _pipe.ReadAsync(CancellationToken.None);
        ReadResult result;
        if (reading.IsCompletedSuccessfully)
        {
            result = reading.Result;
        }
        else
        {
            lock (_lock)
            {
                _waitingSince = _time.GetTimestamp();
            }

            try
            {
                result = await reading;
            }
            catch
            {
                Arrived(0);
                throw;
            }
        }

        var taken = (int)Math.Min(buffer.Length, result.Buffer.Length);
        Arrived(taken);
        if ((_received += taken) > _mostPacked)
        {
            Ended ??= _tooLarge;
        }

        if (result.IsCanceled || Ended is not null)
        {
            _pipe.AdvanceTo(result.Buffer.Start);
            throw new OperationCanceledException("the upload was interrupted");
        }

        var bytes = result.Buffer.Slice(0, taken);
        bytes.CopyTo(buffer.Span);
        _pipe.AdvanceTo(bytes.End);
        return taken;
    }

    private void Arrived(int bytes)
    {
        lock (_lock)
        {
            var waiting = Waiting;
            _waitingSince = null;
            _waited += waiting;
            _pace.Received(bytes, _betweenItems ? TimeSpan.Zero : waiting);
        }
    }

    /// <summary>What was sent, for the stream that unpacks it.</summary>
    private sealed class Packed(ReceivedBody body) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            body.ReceiveAsync(buffer);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            body.ReceiveAsync(buffer.AsMemory(offset, count)).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
