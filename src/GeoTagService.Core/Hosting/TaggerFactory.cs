using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Photos.Isolation;
using GeoTagService.Core.Tagging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace GeoTagService.Core.Hosting;

/// <summary>Brings up a tagger without a host, for the command line and for tests: the same parts as <c>AddTagging</c>, put together in
/// the same place.</summary>
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
        CancellationToken cancellationToken = default
    )
    {
        var services = new ServiceCollection();
        services.AddSingleton(bundle);
        services.AddSingleton(engine);
        services.AddSingleton(Options.Create(tagging ?? new TaggingOptions()));
        services.AddSingleton(Options.Create(batching ?? new BatchingOptions()));
        services.AddSingleton(Options.Create(decoding ?? new DecodingOptions()));
        services.AddSingleton(Options.Create(cache ?? new CacheOptions { Enabled = false }));
        services.AddSingleton(loggers ?? NullLoggerFactory.Instance);
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        TaggingServiceCollectionExtensions.AddTagger(services);
        var provider = services.BuildServiceProvider();
        try
        {
            var tagger = provider.GetRequiredService<PhotoTagger>();
            var warmup = provider.GetRequiredService<EncoderWarmup>();
            await Task.Run(() => warmup.Run(cancellationToken), cancellationToken).ConfigureAwait(false);
            provider.GetRequiredService<ModelReadiness>().Set(ReadinessState.Ready, "serving");
            return new StandaloneTagger(tagger, provider);
        }
        catch
        {
            await provider.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}

/// <summary>A tagger that owns its model and lanes.</summary>
public sealed class StandaloneTagger : IAsyncDisposable
{
    private readonly ServiceProvider _parts;

    internal StandaloneTagger(PhotoTagger tagger, ServiceProvider parts)
    {
        Tagger = tagger;
        _parts = parts;
    }

    /// <summary>The tagger, warmed.</summary>
    public PhotoTagger Tagger { get; }

    /// <summary>The model behind it.</summary>
    public LoadedModel Model => Tagger.Model;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _parts.DisposeAsync();
}
