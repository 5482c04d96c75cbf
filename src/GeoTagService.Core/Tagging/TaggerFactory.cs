using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Core.Tagging;

/// <summary>Brings up a tagger without a host, for the command line and for tests.</summary>
public static class TaggerFactory
{
    /// <summary>Loads and warms a bundle.</summary>
    /// <param name="bundle">A verified bundle.</param>
    /// <param name="engine">What runs it.</param>
    /// <param name="tagging">The tagger's settings; null takes the defaults.</param>
    /// <param name="batching">The lanes' settings; null takes the defaults.</param>
    /// <param name="loggers">Where to log; null logs nowhere.</param>
    /// <param name="cancellationToken">Ends the warm-up.</param>
    /// <returns>The tagger, ready; dispose it to stop the lanes and free the model.</returns>
    /// <exception cref="BundleException">The bundle cannot be served.</exception>
    public static Task<StandaloneTagger> CreateAsync(
        Bundle bundle,
        IClipEngine engine,
        TaggingOptions? tagging = null,
        BatchingOptions? batching = null,
        ILoggerFactory? loggers = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();
}

/// <summary>A tagger that owns its model and lanes.</summary>
public sealed class StandaloneTagger : IAsyncDisposable
{
    internal StandaloneTagger(PhotoTagger tagger)
    {
        Tagger = tagger;
    }

    /// <summary>The tagger, warmed.</summary>
    public PhotoTagger Tagger { get; }

    /// <summary>The model behind it.</summary>
    public LoadedModel Model => Tagger.Model;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Model.Dispose();
        return ValueTask.CompletedTask;
    }
}
