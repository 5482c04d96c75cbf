using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Core.Photos.Isolation;

/// <summary>
/// The child processes that prepare photos which need the codec library, one photo at a time each. A child that dies is
/// replaced at once; the photo that lay in it is tried once more, because the system may have ended the child for reasons
/// of its own, and is refused when the next one dies, too. Safe for many threads.
/// </summary>
internal sealed partial class DecoderProcesses : IDisposable
{
    private const int MostTries = 2;

    /// <summary>Pixels × passes from which a photo is large: about half a second. Where there are several processes, large photos never
    /// have all of them, so that others do not wait for seconds.</summary>
    private const long LargeWork = 150_000_000;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestBackoff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(30);

    private readonly DecoderProgram _program;
    private readonly DecoderLimits _limits;
    private readonly ImagePreprocessor _preprocessor;
    private readonly DecodeTime _limit;
    private readonly Action<string> _ended;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly int _most;
    private readonly BlockingCollection<DecodeJob> _queue = [];
    private readonly SemaphoreSlim _large;
    private readonly List<Worker> _workers = [];
    private readonly Lock _access = new();
    private int _jobs;
    private volatile bool _isStopping;

    /// <summary>Prepares; no process runs yet.</summary>
    /// <param name="program">The child's program.</param>
    /// <param name="limits">What a child may use.</param>
    /// <param name="preprocessor">Whose crops are filled, and whose square is made.</param>
    /// <param name="most">Most processes, at least 1.</param>
    /// <param name="limit">How long one photo may take.</param>
    /// <param name="ended">Told how a process ended: <c>crashed</c>, <c>killed</c>, <c>failed_start</c>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of ends and failed starts.</param>
    public DecoderProcesses(
        DecoderProgram program,
        DecoderLimits limits,
        ImagePreprocessor preprocessor,
        int most,
        DecodeTime limit,
        Action<string> ended,
        TimeProvider time,
        ILogger logger
    )
    {
        _program = program;
        _limits = limits;
        _preprocessor = preprocessor;
        _most = most;
        _large = new SemaphoreSlim(Math.Max(1, most - 1));
        _limit = limit;
        _ended = ended;
        _time = time;
        _logger = logger;
    }

    /// <summary>The system's numbers of the processes that run now.</summary>
    internal IReadOnlyList<int> Ids
    {
        get
        {
            lock (_access)
            {
                return [.. _workers.Select(worker => worker.ProcessId).OfType<int>()];
            }
        }
    }

    /// <summary>Starts the first process in the background, so that the first photo need not wait for it.</summary>
    public void Start()
    {
        lock (_access)
        {
            if (_workers.Count == 0)
            {
                AddWorker();
            }
        }
    }

    /// <summary>Prepares a photo in a child.</summary>
    /// <param name="photo">The file's bytes; they must stay as they are until the task has ended.</param>
    /// <param name="request">Limits and wishes.</param>
    /// <param name="cancellationToken">Ends the wait, and soon afterwards the work.</param>
    /// <returns>The crop, to be disposed by the caller, or the fault.</returns>
    public async Task<Outcome<ImageCrop>> PrepareAsync(
        ReadOnlyMemory<byte> photo,
        ImageDecodeRequest request,
        CancellationToken cancellationToken
    )
    {
        var header = ImageHeader.Read(photo.Span);
        var isLarge = header.Work >= LargeWork;
        if (isLarge)
        {
            await _large.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var job = new DecodeJob(photo, header.FormatName, request, _limit, _time);
            if (!TryQueue(job))
            {
                return ImageFaults.Stopping;
            }

            await using var leaving = cancellationToken
                .UnsafeRegister(static (state, token) => ((DecodeJob)state!).Abandon(token), job)
                .ConfigureAwait(false);
            return await job.Task.ConfigureAwait(false);
        }
        finally
        {
            if (isLarge)
            {
                _large.Release();
            }
        }
    }

    /// <summary>Ends the processes; photos that wait are told so.</summary>
    public void Dispose()
    {
        lock (_access)
        {
            if (_isStopping)
            {
                return;
            }

            _isStopping = true;
            _queue.CompleteAdding();
            foreach (var worker in _workers)
            {
                worker.End();
            }
        }
    }

    private bool TryQueue(DecodeJob job)
    {
        lock (_access)
        {
            if (_isStopping)
            {
                return false;
            }

            _jobs++;
            if (_jobs > _workers.Count && _workers.Count < _most)
            {
                AddWorker();
            }

            _queue.Add(job);
            return true;
        }
    }

    private void AddWorker()
    {
        var worker = new Worker(this);
        _workers.Add(worker);
        new Thread(worker.Run) { IsBackground = true, Name = "decoder" }.Start();
    }

    private void JobDone()
    {
        lock (_access)
        {
            _jobs--;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            3100,
            LogLevel.Warning,
            "A decoder process ended ({How}) with a photo of {Bytes} bytes in hand, try {Try}; a new one takes its place"
        )]
        public static partial void Ended(ILogger logger, string how, int bytes, int @try);

        [LoggerMessage(3101, LogLevel.Error, "A decoder process could not be started and will be tried again in {Seconds:0.0} s: {Reason}")]
        public static partial void NotStarted(ILogger logger, double seconds, string reason);

        [LoggerMessage(3102, LogLevel.Debug, "Decoder process {Id} is ready after {Milliseconds:0} ms (confinement {Confinement} of 3)")]
        public static partial void Started(ILogger logger, int id, double milliseconds, long confinement);
    }
}
