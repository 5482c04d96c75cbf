using GeoTagService.Core.Encoders;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GeoTagService.Onnx;

/// <summary>Registers the engine room.</summary>
public static class OnnxServiceCollectionExtensions
{
    /// <summary>A ninth of the weight of a thread that is not nice: last, and never without a share.</summary>
    private const int ServiceNiceness = 10;

    /// <summary>Adds ONNX Runtime as the engine, with options from section <c>GeoTag:Onnx</c>, checked at start.</summary>
    public static IServiceCollection AddOnnxEncoder(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);

        services
            .AddOptions<OnnxEncoderOptions>()
            // A service should answer soon, after its start and always; its settings may say otherwise.
            .Configure(options =>
            {
                options.PackWeights = WeightPacking.AfterStart;
                options.Niceness = ServiceNiceness;
            })
            .BindConfiguration(OnnxEncoderOptions.SectionName)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.TryAddSingleton<IClipEngine>(provider => new OnnxClipEngine(
            provider.GetRequiredService<IOptions<OnnxEncoderOptions>>().Value,
            provider.GetRequiredService<ILogger<OnnxClipEngine>>(),
            provider.GetService<OptionalSteps>()
        ));
        return services;
    }
}
