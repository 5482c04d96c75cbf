using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Core.Photos.Isolation;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GeoTagService.Core.Hosting;

/// <summary>Registers the workshop.</summary>
public static class TaggingServiceCollectionExtensions
{
    /// <summary>
    /// Adds the tagger and everything under it but the engine, which <c>AddOnnxEncoder()</c> adds. Options come from
    /// the sections <c>GeoTag</c>, <c>GeoTag:Decoding</c>, <c>GeoTag:Batching</c> and <c>GeoTag:Cache</c> and are checked at start; the
    /// model loads at start, and a
    /// bundle that cannot be served stops the start with the reason. An <see cref="ISharedEmbeddings"/> is used where one is
    /// registered.
    /// </summary>
    /// <remarks>Provides <see cref="ServingModels"/>, <see cref="ModelReloader"/>, <see cref="ModelReadiness"/> and
    /// <see cref="TaggingMetrics"/> as singletons, and for each scope (a request) a <see cref="ModelUse"/> and its
    /// <see cref="PhotoTagger"/>: a reload changes neither within a scope.</remarks>
    public static IServiceCollection AddTagging(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);

        services.AddOptions<TaggingOptions>().BindConfiguration(TaggingOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<BatchingOptions>().BindConfiguration(BatchingOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();

        services.AddOptions<DecodingOptions>().BindConfiguration(DecodingOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<CacheOptions>().BindConfiguration(CacheOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();

        AddShared(services);
        services.TryAddSingleton(provider => BundleLocator.Locate(provider.GetRequiredService<IOptions<TaggingOptions>>().Value));
        services.TryAddSingleton(provider => provider.GetRequiredService<LocatedBundle>().Bundle);
        services.TryAddSingleton(provider => new ServingModels(provider));
        services.TryAddSingleton<ModelFinisher>();
        services.TryAddSingleton(provider => new ModelReloader(
            provider.GetRequiredService<ServingModels>(),
            provider.GetRequiredService<ModelReadiness>(),
            provider.GetRequiredService<IOptions<TaggingOptions>>(),
            provider.GetRequiredService<TaggingMetrics>(),
            provider.GetRequiredService<ModelFinisher>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ModelReloader>>()
        ));
        services.TryAddScoped(provider => provider.GetRequiredService<ServingModels>().Use());
        services.TryAddScoped(provider => provider.GetRequiredService<ModelUse>().Model.Tagger);
        services.AddHostedService<ModelHost>();
        services.AddHostedService<EncoderWatch>();
        return services;
    }

    /// <summary>The one place where a tagger is put together: for the service, the command line and tests.</summary>
    /// <remarks>What is registered before counts: <see cref="TaggerFactory"/> and <see cref="ServingModels"/> bring bundle, engine and
    /// options.</remarks>
    internal static void AddTagger(IServiceCollection services)
    {
        AddShared(services);
        services.TryAddSingleton(provider =>
            LoadedModel.Load(provider.GetRequiredService<Bundle>(), provider.GetRequiredService<IClipEngine>())
        );
        services.TryAddSingleton(provider => new ImagePreprocessor(
            provider.GetRequiredService<IImageDecoder>(),
            provider.GetRequiredService<LoadedModel>().Encoder.Geometry.ImageSize
        ));
        services.TryAddSingleton(provider => new PhotoPreparer(
            provider.GetRequiredService<ImagePreprocessor>(),
            provider.GetRequiredService<IOptions<TaggingOptions>>().Value,
            provider.GetRequiredService<IOptions<DecodingOptions>>().Value,
            provider.GetRequiredService<TaggingMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PhotoPreparer>>(),
            provider.GetRequiredService<LoadedModel>().Encoder.Runtime.UsesCores
        ));
        services.TryAddSingleton(provider => new EncoderLanes(
            provider.GetRequiredService<LoadedModel>(),
            provider.GetRequiredService<IOptions<BatchingOptions>>().Value,
            provider.GetRequiredService<TaggingMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<EncoderLanes>>()
        )
        {
            Faults = provider.GetRequiredService<EncoderFaults>(),
        });
        services.TryAddSingleton(provider => new EmbeddingCache(
            provider.GetRequiredService<IOptions<CacheOptions>>().Value,
            provider.GetRequiredService<LoadedModel>(),
            provider.GetService<ISharedEmbeddings>(),
            provider.GetRequiredService<TaggingMetrics>()
        ));
        services.TryAddSingleton(provider => new EncoderWarmup(
            provider.GetRequiredService<LoadedModel>(),
            provider.GetRequiredService<IOptions<BatchingOptions>>().Value,
            provider.GetRequiredService<ImagePreprocessor>()
        ));
        services.TryAddSingleton(provider => new PhotoTagger(
            provider.GetRequiredService<LoadedModel>(),
            provider.GetRequiredService<EncoderLanes>(),
            provider.GetRequiredService<ModelReadiness>(),
            provider.GetRequiredService<PhotoPreparer>(),
            provider.GetRequiredService<IOptions<TaggingOptions>>().Value,
            provider.GetRequiredService<EmbeddingCache>(),
            provider.GetRequiredService<TaggingMetrics>(),
            provider.GetRequiredService<TimeProvider>()
        ));
    }

    /// <summary>What has nothing to do with any one model.</summary>
    private static void AddShared(IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<TaggingMetrics>();
        services.TryAddSingleton<ModelReadiness>();
        services.TryAddSingleton<EncoderFaults>();
        services.TryAddSingleton(provider => new OptionalSteps(
            provider.GetRequiredService<ILogger<OptionalSteps>>(),
            provider.GetRequiredService<TaggingMetrics>()
        ));
        services.TryAddSingleton<IImageDecoder, InProcessImageDecoder>();
    }
}
