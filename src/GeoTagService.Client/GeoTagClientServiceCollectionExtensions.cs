using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace GeoTagService.Client;

/// <summary>Registers the client.</summary>
public static class GeoTagClientServiceCollectionExtensions
{
    /// <summary>Adds a <see cref="GeoTagClient"/> with connections from <see cref="IHttpClientFactory"/> and retries.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; <see cref="GeoTagClientOptions.BaseAddress"/> is needed.</param>
    /// <returns>The builder, for further handlers.</returns>
    public static IHttpClientBuilder AddGeoTagClient(this IServiceCollection services, Action<GeoTagClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<GeoTagClientOptions>().Configure(configure).ValidateDataAnnotations().ValidateOnStart();
        var client = services
            // A try has its own limit; a batch goes on for as long as it has items.
            .AddHttpClient(nameof(GeoTagClient), http => http.Timeout = Timeout.InfiniteTimeSpan)
            .AddTypedClient((http, provider) => new GeoTagClient(http, provider.GetRequiredService<IOptions<GeoTagClientOptions>>().Value));
        client.AddResilienceHandler(
            "retries",
            (builder, context) =>
                Retries.Configure(builder, context.ServiceProvider.GetRequiredService<IOptions<GeoTagClientOptions>>().Value)
        );
        return client;
    }
}
