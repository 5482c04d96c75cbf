using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tagging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GeoTagService.Core;

/// <summary>Registers the workshop.</summary>
public static class TaggingServiceCollectionExtensions
{
    /// <summary>
    /// Adds the tagger and everything under it but the engine, which <c>AddOnnxEncoder()</c> adds. Options come from
    /// the sections <c>GeoTag</c> and <c>GeoTag:Batching</c> and are checked at start; the model loads at start, and a
    /// bundle that cannot be served stops the start with the reason.
    /// </summary>
    /// <remarks>Provides <see cref="PhotoTagger"/>, <see cref="LoadedModel"/>, <see cref="ModelReadiness"/> and
    /// <see cref="Bundle"/> as singletons.</remarks>
    public static IServiceCollection AddTagging(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);

        services.AddOptions<TaggingOptions>()
            .BindConfiguration(TaggingOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<BatchingOptions>()
            .BindConfiguration(BatchingOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ModelReadiness>();
        services.TryAddSingleton(provider => LoadedModel.Load(
            provider.GetRequiredService<Bundle>(), provider.GetRequiredService<IClipEngine>()));
        services.TryAddSingleton<PhotoTagger>();
        return services;
    }
}
