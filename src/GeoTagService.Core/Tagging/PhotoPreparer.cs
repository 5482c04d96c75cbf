using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Isolation;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Core.Tagging;

/// <summary>
/// Photos to crops, no more at once than their share of the processors: a flood of large photos may fill the queue, never the
/// cores that the encoders need. Plain JPEGs are decoded on their callers' threads, all others in child processes.
/// </summary>
internal sealed class PhotoPreparer : IDisposable
{
    private const int FewestProcessesByDefault = 2;
    private const int MostProcessesByDefault = 4;

    /// <summary>Pixels × passes that take some tenths of a second on a slow machine.</summary>
    private const long WatchedWork = 20_000_000;

    /// <summary>A machine that gives a photo less than a third of a processor is overloaded.</summary>
    private const int MostWaitPerWork = 3;

    private readonly ImagePreprocessor _preprocessor;
    private readonly TaggingOptions _options;
    private readonly DecodingOptions _decoding;
    private readonly TaggingMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _share;
    private readonly DecodeLoad _here;
    private readonly DecoderProcesses? _processes;
    private readonly DecodeLoad? _children;

    /// <summary>Prepares; a child starts when it is needed, or with <see cref="Start"/>.</summary>
    /// <param name="preprocessor">Decodes, resizes and crops in this process.</param>
    /// <param name="options">The tagger's settings.</param>
    /// <param name="decoding">Where and how long photos are decoded.</param>
    /// <param name="metrics">Told of durations and of children's ends.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of children that end.</param>
    /// <param name="encoderUsesCores">Whether the encoders need cores, too; where a card encodes, decoding has them all.</param>
    /// <exception cref="FileNotFoundException">The child's program does not lie beside this one's files.</exception>
    public PhotoPreparer(
        ImagePreprocessor preprocessor,
        TaggingOptions options,
        DecodingOptions decoding,
        TaggingMetrics metrics,
        TimeProvider time,
        ILogger<PhotoPreparer> logger,
        bool encoderUsesCores = true
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(decoding);
        _preprocessor = preprocessor;
        _options = options;
        _decoding = decoding;
        _metrics = metrics;
        _time = time;
        var share = Share(options, encoderUsesCores, Environment.ProcessorCount);
        _share = new SemaphoreSlim(share);
        _here = new DecodeLoad("a share of the processors", share, time);
        if (decoding.Codecs == CodecIsolation.ChildProcess)
        {
            var processes =
                decoding.Processes > 0
                    ? decoding.Processes
                    : Math.Clamp(
                        share,
                        FewestProcessesByDefault,
                        encoderUsesCores ? MostProcessesByDefault : Math.Max(share, FewestProcessesByDefault)
                    );
            _children = new DecodeLoad("a decoder process", processes, time);
            _processes = new DecoderProcesses(
                DecoderProgram.Find(AppContext.BaseDirectory),
                DecoderLimits.For(options.MaxImageBytes, options.MaxImagePixels, options.Formats),
                preprocessor,
                processes,
                new DecodeTime(decoding.TimeBudget, decoding.TimeBudget * MostWaitPerWork),
                metrics.DecoderEnded,
                time,
                logger
            );
        }
    }

    /// <summary>The system's numbers of the children that run now.</summary>
    internal IReadOnlyList<int> ChildIds => _processes?.Ids ?? [];

    /// <summary>How many photos are decoded at once.</summary>
    /// <param name="options">The tagger's settings.</param>
    /// <param name="encoderUsesCores">Whether the encoders need cores, too.</param>
    /// <param name="processors">Processors of this machine.</param>
    internal static int Share(TaggingOptions options, bool encoderUsesCores, int processors) =>
        options.DecodeConcurrency > 0 ? options.DecodeConcurrency
        : encoderUsesCores ? Math.Max(1, processors / 2)
        : processors;

    /// <summary>Starts the first child in the background, where there are any, so that the first photo need not wait for it.</summary>
    public void Start() => _processes?.Start();

    /// <summary>Why photos are stuck (some wait, and none has moved for a while), or null.</summary>
    /// <param name="timeout">How long is too long.</param>
    public string? Stalled(TimeSpan timeout) => _here.Stalled(timeout) ?? _children?.Stalled(timeout);

    /// <summary>Decodes, resizes and crops.</summary>
    /// <param name="encoded">The photo's file; it must stay as it is until the task has ended.</param>
    /// <param name="applyOrientation">Whether to turn it as its EXIF orientation says.</param>
    /// <param name="timeout">How long the client will wait, or null.</param>
    /// <param name="cancellationToken">Ends the wait, and soon afterwards the work.</param>
    /// <returns>The crop, to be disposed, and how long making it took without the wait; or the fault.</returns>
    internal async Task<Outcome<PreparedPhoto>> PrepareAsync(
        ReadOnlyMemory<byte> encoded,
        bool applyOrientation,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    )
    {
        var request = new ImageDecodeRequest(
            _options.MaxImagePixels,
            applyOrientation,
            // Twice the edge: what the reduced DCT loses lies beyond what the resize to the edge keeps.
            _options.ReducedScaleDecoding
                ? 2 * _preprocessor.ImageSize
                : 0,
            _decoding.MaxWork,
            // No child, no native code that was not there before.
            _processes is null
                ? PhotoFormats.None
                : _options.Formats
        );
        var header = ImageHeader.Read(encoded.Span);
        // What its header alone refuses takes no share, and others must not wait for what will never be done.
        if (
            (header.Work > _decoding.MaxWork || (Int128)header.Width * header.Height > _options.MaxImagePixels)
            && Prepared(_preprocessor.PrepareManaged(encoded, request, cancellationToken), default) is { } refused
        )
        {
            return refused;
        }

        var limit = Limit(header.Work, timeout);
        if (limit is null)
        {
            return await PrepareAsync(encoded, request, header, timeout, cancellationToken).ConfigureAwait(false);
        }

        using var end = new CancellationTokenSource(limit.Value, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, end.Token);
        try
        {
            return await PrepareAsync(encoded, request, header, timeout, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return timeout <= limit ? ImageFaults.Late : ImageFaults.NoTimeToDecode(_decoding.TimeBudget);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _processes?.Dispose();
        _share.Dispose();
    }

    /// <summary>When to give up, or null for a photo that takes no time worth watching.</summary>
    private TimeSpan? Limit(long work, TimeSpan? timeout)
    {
        if (work < WatchedWork)
        {
            return timeout;
        }

        var longest = _decoding.MaxWait + (_decoding.TimeBudget * MostWaitPerWork);
        return timeout < longest ? timeout : longest;
    }

    private async Task<Outcome<PreparedPhoto>> PrepareAsync(
        ReadOnlyMemory<byte> encoded,
        ImageDecodeRequest request,
        ImageHeader header,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    )
    {
        // Of other formats only the header is looked at here, which takes no share.
        var prepared =
            _processes is null || header.Format == ImageFormat.Jpeg
                ? await InShareAsync(encoded, request, header.Work, timeout, cancellationToken).ConfigureAwait(false)
                : Prepared(_preprocessor.PrepareManaged(encoded, request, cancellationToken), default);
        return prepared ?? await InChildAsync(encoded, request, header.Work, timeout, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>On the caller's thread; null where the photo needs a child.</summary>
    private async Task<Outcome<PreparedPhoto>?> InShareAsync(
        ReadOnlyMemory<byte> encoded,
        ImageDecodeRequest request,
        long work,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    )
    {
        if (_here.Enter(work, _decoding.MaxWait, timeout) is { } refusal)
        {
            return refusal;
        }

        TimeSpan? took = null;
        try
        {
            var arrived = _time.GetTimestamp();
            await _share.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var began = _time.GetTimestamp();
                _metrics.StageEnded(TaggingMetrics.DecodeWaitStage, _time.GetElapsedTime(arrived, began));
                var crop = _processes is null
                    ? _preprocessor.Prepare(encoded, request, cancellationToken)
                    : _preprocessor.PrepareManaged(encoded, request, cancellationToken);
                var duration = _time.GetElapsedTime(began);
                took = crop is { IsSuccess: true } ? duration : null;
                return Prepared(crop, duration);
            }
            finally
            {
                _share.Release();
            }
        }
        finally
        {
            _here.Leave(work, took);
        }
    }

    private async Task<Outcome<PreparedPhoto>> InChildAsync(
        ReadOnlyMemory<byte> encoded,
        ImageDecodeRequest request,
        long work,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    )
    {
        if (_children!.Enter(work, _decoding.MaxWait, timeout) is { } refusal)
        {
            return refusal;
        }

        TimeSpan? took = null;
        try
        {
            var began = _time.GetTimestamp();
            var crop = await _processes!.PrepareAsync(encoded, request, cancellationToken).ConfigureAwait(false);
            var duration = _time.GetElapsedTime(began);
            took = crop.IsSuccess ? duration : null;
            return Prepared(crop, duration)!.Value;
        }
        finally
        {
            _children.Leave(work, took);
        }
    }

    private Outcome<PreparedPhoto>? Prepared(Outcome<ImageCrop>? crop, TimeSpan took)
    {
        if (crop is not { } outcome)
        {
            return null;
        }

        _metrics.StageEnded(TaggingMetrics.DecodeStage, took);
        return outcome.IsSuccess ? new PreparedPhoto(outcome.Value, took) : outcome.Error;
    }
}

/// <summary>A crop and what it took.</summary>
internal sealed record PreparedPhoto(ImageCrop Crop, TimeSpan Took);
