using GeoTagService.Core.Batching;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>Behind a gateway: whose headers are believed, and under which path the service lies.</summary>
internal static class GatewayExtensions
{
    /// <summary>Adds the settings of the edge and of gateways.</summary>
    public static IServiceCollection AddEdge(this IServiceCollection services)
    {
        services.AddOptions<EdgeOptions>().BindConfiguration(EdgeOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<EdgeOptions>, EdgeOptionsValidator>();
        services
            .AddOptions<ForwardedHeadersOptions>()
            .Configure<IOptions<EdgeOptions>>(
                (forwarded, edge) =>
                {
                    forwarded.ForwardedHeaders = ForwardedHeaders.All;
                    foreach (var network in edge.Value.TrustedNetworks)
                    {
                        forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
                    }
                }
            );
        services.AddSingleton<ListeningSockets>();
        services
            .AddOptions<SocketTransportOptions>()
            .Configure<ListeningSockets>(static (transport, sockets) => transport.CreateBoundListenSocket = sockets.Create);
        services.AddSingleton<WarmupPatience>();
        services.AddSingleton<DrainGate>();
        services.AddHostedService(provider => provider.GetRequiredService<DrainGate>());
        return services;
    }

    /// <summary>Applies what gateways say, the configured path, and the time that a stop may take.</summary>
    public static void UseGateway(this WebApplication app)
    {
        var edge = app.Services.GetRequiredService<IOptions<EdgeOptions>>().Value;
        // What was accepted may take its whole drain after the port was held open. Set here, on the value that the host
        // holds: bound to settings it would be checked while the host is built, before there is anybody to say what is wrong.
        app.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout =
            (edge.ShutdownDelay ?? DrainGate.DelayBehindAGateway)
            + app.Services.GetRequiredService<IOptions<BatchingOptions>>().Value.DrainTimeout
            + TimeSpan.FromSeconds(5);

        app.UseRequestIds();
        app.UseForwardedHeaders();
        var gate = app.Services.GetRequiredService<DrainGate>();
        app.Use(
            (context, next) =>
            {
                gate.Passes(context);
                return next(context);
            }
        );
        if (edge.PathBase.Length > 0)
        {
            app.UsePathBase(edge.PathBase);
        }

        app.Use(
            static (context, next) =>
            {
                // HEAD is GET without a body (RFC 9110, 9.3.2), which the server leaves away by itself; monitors and link checkers ask so.
                if (HttpMethods.IsHead(context.Request.Method))
                {
                    context.Request.Method = HttpMethods.Get;
                }

                return next(context);
            }
        );
        // Explicit, so that routing comes after the path was cut.
        app.UseRouting();
    }
}
