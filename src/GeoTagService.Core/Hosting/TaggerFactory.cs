using System.Diagnostics.Metrics;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Core.Photos.Isolation;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Core.Hosting;

/// <summary>Brings up a tagger without a host, for the command line and for tests.</summary>
public static class TaggerFactory
{
    /// <summary>Loads and warms a bundle.</summary>
    /// <param name="bundle">A verified bundle.</param>
    /// <param name="engine">What runs it.</param>
    /// <param name="tagging">The tagger's settings; null takes the defaults.</param>
    /// <param name="batching">The lanes' settings; null takes the defaults.</param>
    /// <param name="loggers">Where to log; null logs nowhere.</param>
    /// <param name="cache">The embedding cache's settings; null keeps nothing, as a run over many photos wants it.</param>
    /// <param name="decoding">Where and how long photos are decoded; null takes the defaults.</param>
    /// <param name="cancellationToken">Ends the warm-up.</param>
    /// <returns>The tagger, ready; dispose it to stop the lanes and free the model.</returns>
    /// <exception cref="BundleException">The bundle cannot be served.</exception>
    public static async Task<StandaloneTagger> CreateAsync(
        Bundle bundle,
        IClipEngine engine,
        TaggingOptions? tagging = null,
        BatchingOptions? batching = null,
        ILoggerFactory? loggers = null,
        CacheOptions? cache = null,
        DecodingOptions? decoding = null,
        CancellationToken cancellationToken = default)
    {
        batching ??= new BatchingOptions();
        tagging ??= new TaggingOptions();
        loggers ??= NullLoggerFactory.Instance;
        var time = TimeProvider.System;
        var readiness = new ModelReadiness();
        var metrics = new TaggingMetrics(new StandaloneMeterFactory());
        var model = LoadedModel.Load(bundle, engine);
        var preprocessor = new ImagePreprocessor(new SkiaImageDecoder(), model.Encoder.Geometry.ImageSize);
        var lanes = new EncoderLanes(model, batching, metrics, time, loggers.CreateLogger<EncoderLanes>());
        PhotoPreparer? photos = null;
        PhotoTagger? tagger = null;
        try
        {
            photos = new PhotoPreparer(
                preprocessor, tagging, decoding ?? new DecodingOptions(), metrics, time, loggers.CreateLogger<PhotoPreparer>(), model.Encoder.Runtime.UsesCores);
            tagger = new PhotoTagger(model, lanes, readiness, photos, tagging, cache ?? new CacheOptions { Enabled = false }, metrics, time);
            var warmup = new EncoderWarmup(model, batching, preprocessor);
            await Task.Run(() => warmup.Run(cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            tagger?.Dispose();
            photos?.Dispose();
            await lanes.DisposeAsync().ConfigureAwait(false);
            model.Dispose();
            metrics.Dispose();
            throw;
        }

        readiness.Set(ReadinessState.Ready, "serving");
        return new StandaloneTagger(tagger, photos, lanes, metrics);
    }

    /// <summary>Makes the meter that nobody listens to.</summary>
    private sealed class StandaloneMeterFactory : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
            // The meter belongs to the metrics.
        }
    }
}

/// <summary>A tagger that owns its model and lanes.</summary>
public sealed class StandaloneTagger : IAsyncDisposable
{
    private readonly PhotoPreparer _photos;
    private readonly EncoderLanes _lanes;
    private readonly TaggingMetrics _metrics;

    internal StandaloneTagger(PhotoTagger tagger, PhotoPreparer photos, EncoderLanes lanes, TaggingMetrics metrics)
    {
        Tagger = tagger;
        _photos = photos;
        _lanes = lanes;
        _metrics = metrics;
    }

    /// <summary>The tagger, warmed.</summary>
    public PhotoTagger Tagger { get; }

    /// <summary>The model behind it.</summary>
    public LoadedModel Model => Tagger.Model;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _lanes.DisposeAsync().ConfigureAwait(false);
        Tagger.Dispose();
        _photos.Dispose();
        Model.Dispose();
        _metrics.Dispose();
    }
}
