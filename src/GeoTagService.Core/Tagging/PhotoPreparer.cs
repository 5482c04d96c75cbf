using GeoTagService.Core.Photos;
using GeoTagService.Core.Telemetry;

namespace GeoTagService.Core.Tagging;

/// <summary>
/// Photos to crops on their callers' threads, no more at once than their share of the processors: a flood of large
/// photos may fill the queue, never the cores that the encoders need.
/// </summary>
internal sealed class PhotoPreparer : IDisposable
{
    private readonly ImagePreprocessor _preprocessor;
    private readonly TaggingOptions _options;
    private readonly TaggingMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _share;

    public PhotoPreparer(
        ImagePreprocessor preprocessor, TaggingOptions options, TaggingMetrics metrics, TimeProvider time, bool encoderUsesCores = true)
    {
        _preprocessor = preprocessor;
        _options = options;
        _metrics = metrics;
        _time = time;
        _share = new SemaphoreSlim(Share(options, encoderUsesCores, Environment.ProcessorCount));
    }

    /// <summary>How many photos are decoded at once.</summary>
    /// <param name="options">The tagger's settings.</param>
    /// <param name="encoderUsesCores">Whether the encoders need cores, too; with a card, what it waits for is decoding.</param>
    /// <param name="processors">Processors of this machine.</param>
    internal static int Share(TaggingOptions options, bool encoderUsesCores, int processors) =>
        options.DecodeConcurrency > 0 ? options.DecodeConcurrency : encoderUsesCores ? Math.Max(1, processors / 2) : processors;

    /// <summary>Decodes, resizes and crops.</summary>
    /// <param name="encoded">The photo's file.</param>
    /// <param name="applyOrientation">Whether to turn it as its EXIF orientation says.</param>
    /// <param name="cancellationToken">Ends the wait for a share.</param>
    /// <returns>The crop, to be disposed, and how long making it took without the wait; or the fault.</returns>
    public async Task<Outcome<PreparedPhoto>> PrepareAsync(
        ReadOnlyMemory<byte> encoded, bool applyOrientation, CancellationToken cancellationToken)
    {
        var arrived = _time.GetTimestamp();
        await _share.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var began = _time.GetTimestamp();
            _metrics.StageEnded(TaggingMetrics.DecodeWaitStage, _time.GetElapsedTime(arrived, began));
            var crop = _preprocessor.Prepare(encoded, new ImageDecodeRequest(
                _options.MaxImagePixels,
                applyOrientation,
                // Twice the edge: what the reduced DCT loses lies beyond what the resize to the edge keeps.
                _options.ReducedScaleDecoding ? 2 * _preprocessor.ImageSize : 0));
            var took = _time.GetElapsedTime(began);
            _metrics.StageEnded(TaggingMetrics.DecodeStage, took);
            return crop.IsSuccess ? new PreparedPhoto(crop.Value, took) : crop.Error;
        }
        finally
        {
            _share.Release();
        }
    }

    public void Dispose() => _share.Dispose();
}

/// <summary>A crop and what it took.</summary>
internal sealed record PreparedPhoto(ImageCrop Crop, TimeSpan Took);
