using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GeoTagService.Core.Hosting;

/// <summary>
/// Brings the model up with the process and down with it. Loading is part of the start, so that a bundle that cannot be
/// served stops it; the warm-up follows in the background, so that the liveness probe answers meanwhile.
/// </summary>
internal sealed partial class ModelHost : BackgroundService
{
    private readonly IServiceProvider _services;
    private readonly ModelReadiness _readiness;
    private readonly TimeProvider _time;
    private readonly ILogger<ModelHost> _logger;
    private ServingModels? _models;
    private ServingModel? _first;
    private ModelReloader? _reloader;

    public ModelHost(IServiceProvider services, ModelReadiness readiness, TimeProvider time, ILogger<ModelHost> logger)
    {
        // The model is resolved in StartAsync, not injected: its faults then surface as faults of the start.
        _services = services;
        _readiness = readiness;
        _time = time;
        _logger = logger;
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        if (_services.GetService<LocatedBundle>() is { } located)
        {
            Log.Located(_logger, located.Reason);
        }

        _models = _services.GetRequiredService<ServingModels>();
        // Its settings meet the bundle here: a configured head that the bundle lacks is a fault of the start, too.
        _first = _models.Current;
        // A host may be thrown away while it still stops, and its services with it.
        _reloader = _services.GetRequiredService<ModelReloader>();
        _first.Photos.Start();
        var model = _first.Model;
        var manifest = model.Bundle.Manifest;
        var runtime = model.Encoder.Runtime;
        Log.Loaded(
            _logger,
            manifest.Name,
            manifest.Version,
            manifest.Purpose,
            model.Bundle.Digest,
            model.Bundle.Origin,
            _time.GetElapsedTime(began).TotalMilliseconds
        );
        Log.Runtime(_logger, runtime.Engine, runtime.ExecutionProvider, runtime.Precision, runtime.IntraOpThreads);
        _readiness.Set(ReadinessState.Warming, "the first inferences are running");
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // That it failed stays true while it stops, and is why.
        if (_readiness.Current.State != ReadinessState.Failed)
        {
            _readiness.Set(ReadinessState.Draining, "the service is stopping");
        }

        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        if (_models is not null && _reloader is not null)
        {
            await _reloader.StopAsync().ConfigureAwait(false);
            await _models.Current.Lanes.StopAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var began = _time.GetTimestamp();
        var (models, first) = (_models!, _first!);
        try
        {
            await Task
                .Factory.StartNew(
                    () => first.Warmup.Run(stoppingToken),
                    stoppingToken,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
                .ConfigureAwait(false);
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The start was called off, because a port is taken or by the operator: that the model went away under the
            // warm-up then is no fault, and the log ends with what was the matter.
            return;
        }
        catch (Exception failure)
        {
            // The host stops on an exception from here; until it has, the probe says why.
            _readiness.Set(
                ReadinessState.Failed,
                failure is BundleException or EncoderLostException ? failure.Message : "the model failed its first inference"
            );
            throw;
        }

        SettleHeap();
        var stallTimeout = _services.GetRequiredService<IOptions<BatchingOptions>>().Value.StallTimeout;
        _readiness.WatchFor(() =>
        {
            var now = models.Current;
            return now.Lanes.Stalled() ?? now.Photos.Stalled(stallTimeout);
        });
        _readiness.Set(ReadinessState.Ready, "serving");
        Log.Ready(_logger, _time.GetElapsedTime(began).TotalMilliseconds);
        await _services.GetRequiredService<ModelFinisher>().Finish(first, stoppingToken).ConfigureAwait(false);
    }

    /// <summary>Moves what the start made and keeps (vocabulary, labels, code) out of the young generations now, while nobody
    /// waits: otherwise one of the first collections under load does it, and stops requests for several times as long as any
    /// later one.</summary>
    private static void SettleHeap() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);

    private static partial class Log
    {
        [LoggerMessage(3000, LogLevel.Information, "{Reason}")]
        public static partial void Located(ILogger logger, string reason);

        [LoggerMessage(3001, LogLevel.Information, "Loaded {Name} {Version} ({Purpose}, digest {Digest}, {Origin}) in {Milliseconds:0} ms")]
        public static partial void Loaded(
            ILogger logger,
            string name,
            string version,
            BundlePurpose purpose,
            string digest,
            string origin,
            double milliseconds
        );

        [LoggerMessage(3002, LogLevel.Information, "Encoders run on {Engine}, {ExecutionProvider}, {Precision}, {Threads} threads")]
        public static partial void Runtime(ILogger logger, string engine, string executionProvider, string precision, int threads);

        [LoggerMessage(3003, LogLevel.Information, "Ready after a warm-up of {Milliseconds:0} ms")]
        public static partial void Ready(ILogger logger, double milliseconds);
    }
}
