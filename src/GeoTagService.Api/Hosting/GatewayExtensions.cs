using GeoTagService.Core.Batching;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>Behind a gateway: whose headers are believed, and under which path the service lies.</summary>
internal static class GatewayExtensions
{
    /// <summary>Adds the settings of the edge and of gateways.</summary>
    public static IServiceCollection AddEdge(this IServiceCollection services)
    {
        services.AddOptions<EdgeOptions>()
            .BindConfiguration(EdgeOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<EdgeOptions>, EdgeOptionsValidator>();
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<EdgeOptions>>((forwarded, edge) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.All;
            foreach (var network in edge.Value.TrustedNetworks)
            {
                forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
            }
        });
        services.AddOptions<HostOptions>().Configure<IOptions<EdgeOptions>, IOptions<BatchingOptions>>((host, edge, batching) =>
            // What was accepted may take its whole drain after the port was held open.
            host.ShutdownTimeout = edge.Value.ShutdownDelay + batching.Value.DrainTimeout + TimeSpan.FromSeconds(5));
        services.AddSingleton<DrainGate>();
        services.AddHostedService(provider => provider.GetRequiredService<DrainGate>());
        return services;
    }

    /// <summary>Applies what gateways say, and the configured path.</summary>
    public static void UseGateway(this WebApplication app)
    {
        app.UseForwardedHeaders();
        var pathBase = app.Services.GetRequiredService<IOptions<EdgeOptions>>().Value.PathBase;
        if (pathBase.Length > 0)
        {
            app.UsePathBase(pathBase);
        }

        // Explicit, so that routing comes after the path was cut.
        app.UseRouting();
    }
}
