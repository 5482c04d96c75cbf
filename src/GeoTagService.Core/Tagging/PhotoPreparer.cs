using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Isolation;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Core.Tagging;

/// <summary>
/// Photos to crops, no more at once than their share of the processors: a flood of large photos may fill the queue, never the
/// cores that the encoders need. Plain JPEGs are decoded on their callers' threads, all others in child processes.
/// </summary>
public sealed class PhotoPreparer : IDisposable
{
    private const int MostProcessesByDefault = 4;

    private readonly ImagePreprocessor _preprocessor;
    private readonly TaggingOptions _options;
    private readonly TaggingMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _share;
    private readonly DecoderProcesses? _processes;

    /// <summary>Prepares; a child starts when it is needed, or with <see cref="Start"/>.</summary>
    /// <param name="preprocessor">Decodes, resizes and crops in this process.</param>
    /// <param name="options">The tagger's settings.</param>
    /// <param name="decoding">Where and how long photos are decoded.</param>
    /// <param name="metrics">Told of durations and of children's ends.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of children that end.</param>
    /// <exception cref="FileNotFoundException">The child's program does not lie beside this one's files.</exception>
    public PhotoPreparer(
        ImagePreprocessor preprocessor,
        TaggingOptions options,
        DecodingOptions decoding,
        TaggingMetrics metrics,
        TimeProvider time,
        ILogger<PhotoPreparer> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(decoding);
        _preprocessor = preprocessor;
        _options = options;
        _metrics = metrics;
        _time = time;
        var share = options.DecodeConcurrency > 0 ? options.DecodeConcurrency : Math.Max(1, Environment.ProcessorCount / 2);
        _share = new SemaphoreSlim(share);
        if (decoding.Codecs == CodecIsolation.ChildProcess)
        {
            _processes = new DecoderProcesses(
                DecoderProgram.Find(AppContext.BaseDirectory),
                DecoderLimits.For(options.MaxImageBytes, options.MaxImagePixels),
                preprocessor,
                Math.Min(share, decoding.Processes > 0 ? decoding.Processes : MostProcessesByDefault),
                decoding.TimeBudget,
                metrics.DecoderEnded,
                time,
                logger);
        }
    }

    /// <summary>Starts the first child in the background, where there are any, so that the first photo need not wait for it.</summary>
    public void Start() => _processes?.Start();

    /// <summary>Decodes, resizes and crops.</summary>
    /// <param name="encoded">The photo's file.</param>
    /// <param name="applyOrientation">Whether to turn it as its EXIF orientation says.</param>
    /// <param name="cancellationToken">Ends the wait, and soon afterwards the work.</param>
    /// <returns>The crop, to be disposed, and how long making it took without the wait; or the fault.</returns>
    internal async Task<Outcome<PreparedPhoto>> PrepareAsync(
        ReadOnlyMemory<byte> encoded, bool applyOrientation, CancellationToken cancellationToken)
    {
        var arrived = _time.GetTimestamp();
        await _share.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var began = _time.GetTimestamp();
            _metrics.StageEnded(TaggingMetrics.DecodeWaitStage, _time.GetElapsedTime(arrived, began));
            var request = new ImageDecodeRequest(
                _options.MaxImagePixels,
                applyOrientation,
                // Twice the edge: what the reduced DCT loses lies beyond what the resize to the edge keeps.
                _options.ReducedScaleDecoding ? 2 * _preprocessor.ImageSize : 0);
            var crop = _processes is null
                ? _preprocessor.Prepare(encoded, request)
                : _preprocessor.PrepareManaged(encoded, request)
                    ?? await _processes.PrepareAsync(encoded, request, cancellationToken).ConfigureAwait(false);
            var took = _time.GetElapsedTime(began);
            _metrics.StageEnded(TaggingMetrics.DecodeStage, took);
            return crop.IsSuccess ? new PreparedPhoto(crop.Value, took) : crop.Error;
        }
        finally
        {
            _share.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _processes?.Dispose();
        _share.Dispose();
    }
}

/// <summary>A crop and what it took.</summary>
internal sealed record PreparedPhoto(ImageCrop Crop, TimeSpan Took);
