using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Isolation;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GeoTagService.Core.Hosting;

/// <summary>The one place that says which model serves. The first is loaded when somebody asks for it; a reload puts another in its
/// place, from one request to the next.</summary>
public sealed class ServingModels : IAsyncDisposable
{
    private readonly IServiceProvider _services;
    private readonly Lock _changing = new();
    private readonly List<ServingModel> _retired = [];
    private volatile ServingModel? _current;
    private bool _disposed;

    internal ServingModels(IServiceProvider services) => _services = services;

    /// <summary>The model that serves now. Whoever works with it for longer takes it into <see cref="Use"/>.</summary>
    /// <exception cref="BundleException">The first bundle cannot be served.</exception>
    public ServingModel Current => _current ?? LoadFirst();

    /// <summary>Takes the model that serves now into use.</summary>
    /// <returns>The use, to be disposed.</returns>
    public ModelUse Use()
    {
        while (true)
        {
            var model = Current;
            if (model.TryUse())
            {
                return new ModelUse(model);
            }

            // Swapped and freed in between; the next one is there by now.
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<ServingModel> all;
        lock (_changing)
        {
            _disposed = true;
            all = [.. _retired];
            if (_current is not null)
            {
                all.Add(_current);
            }
        }

        foreach (var model in all)
        {
            await model.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Loads a bundle, beside the one that serves.</summary>
    /// <exception cref="BundleException">The bundle cannot be served.</exception>
    internal ServingModel Load(Bundle bundle)
    {
        var parts = new ServiceCollection();
        parts.AddSingleton(bundle);
        // What all models share: it belongs to this one's container, and theirs do not dispose it.
        Share<IClipEngine>();
        Share<ILoggerFactory>();
        Share<TimeProvider>();
        Share<TaggingMetrics>();
        Share<ModelReadiness>();
        Share<OptionalSteps>();
        Share<EncoderFaults>();
        Share<IImageDecoder>();
        Share<IOptions<TaggingOptions>>();
        Share<IOptions<BatchingOptions>>();
        Share<IOptions<DecodingOptions>>();
        Share<IOptions<CacheOptions>>();
        parts.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        if (_services.GetService<ISharedEmbeddings>() is { } embeddings)
        {
            parts.AddSingleton(embeddings);
        }

        TaggingServiceCollectionExtensions.AddTagger(parts);
        return new ServingModel(parts.BuildServiceProvider());

        void Share<T>()
            where T : class => parts.AddSingleton(_services.GetRequiredService<T>());
    }

    /// <summary>Lets another model serve from now on; requests under way are finished by the one before.</summary>
    internal void Swap(ServingModel next)
    {
        ServingModel? before;
        lock (_changing)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            before = _current;
            _current = Announce(next);
            _retired.RemoveAll(model => model.Gone.IsCompleted);
            if (before is not null)
            {
                _retired.Add(before);
            }
        }

        before?.Leave();
    }

    private ServingModel Announce(ServingModel model)
    {
        var manifest = model.Bundle.Manifest;
        _services
            .GetRequiredService<TaggingMetrics>()
            .Serves(model.Model.Encoder.Runtime, manifest.Name, manifest.Version, model.Bundle.Digest);
        return model;
    }

    private ServingModel LoadFirst()
    {
        lock (_changing)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _current ??= Announce(Load(_services.GetRequiredService<Bundle>()));
        }
    }
}
