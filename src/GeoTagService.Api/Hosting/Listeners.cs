using System.Net.Sockets;
using GeoTagService.Api.Problems;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>Which address a request came to, and what is served there.</summary>
internal static class Listeners
{
    /// <summary>Under which operators find theirs, at an address of its own alone.</summary>
    public const string AdminPath = "/admin";

    private const string MetricsPath = "/metrics";

    /// <summary>Adds the addresses of <see cref="ListenerOptions"/>.</summary>
    public static IServiceCollection AddListeners(this IServiceCollection services)
    {
        services.AddOptions<ListenerOptions>().BindConfiguration(ListenerOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ListenerOptions>, ListenerOptionsValidator>();
        services
            .AddOptions<KestrelServerOptions>()
            .Configure<IConfiguration>(
                (kestrel, configuration) =>
                {
                    // As it stands: the server is built before settings are checked, and what is wrong with them is said then.
                    var listen = configuration.GetSection(ListenerOptions.SectionName).Get<ListenerOptions>() ?? new ListenerOptions();
                    kestrel.AddServerHeader = false;
                    var http2 = ListenerOptionsValidator.Parse(listen.Http2);
                    var marked = new[]
                    {
                        (ListenerOptionsValidator.Parse(listen.Metrics), FurtherListener.Metrics),
                        (ListenerOptionsValidator.Parse(listen.Admin), FurtherListener.Admin),
                    };
                    kestrel.ConfigureEndpointDefaults(endpoint =>
                    {
                        if (Is(http2, endpoint.EndPoint))
                        {
                            // Without TLS a port speaks one version: there is nothing to agree on another by.
                            endpoint.Protocols = HttpProtocols.Http2;
                        }

                        foreach (var (_, mark) in marked.Where(one => Is(one.Item1, endpoint.EndPoint)))
                        {
                            endpoint.Use(next =>
                                connection =>
                                {
                                    connection.Features.Set(mark);
                                    return next(connection);
                                }
                            );
                        }
                    });
                }
            );
        return services;
    }

    /// <summary>Opens the further addresses beside the public ones, and serves at each what belongs there.</summary>
    /// <exception cref="OptionsValidationException">Endpoints are configured in a way that does not go together with them.</exception>
    public static void UseListeners(this WebApplication app)
    {
        var listen = app.Services.GetRequiredService<IOptions<ListenerOptions>>().Value;
        var further = listen.Configured().ToList();
        if (further.Count == 0)
        {
            return;
        }

        if (app.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            throw new OptionsValidationException(
                ListenerOptions.SectionName,
                typeof(ListenerOptions),
                [$"{ListenerOptions.SectionName} and Kestrel:Endpoints do not go together; give the public addresses by --urls."]
            );
        }

        // An address that is added here takes the place of those from settings, so these are added, too.
        foreach (var address in PublicAddresses(app.Configuration).Concat(further.Select(one => one.Address)))
        {
            app.Urls.Add(address);
        }

        var hasMetrics = ListenerOptionsValidator.Parse(listen.Metrics) is not null;
        app.Use(
            (context, next) =>
            {
                var path = context.Request.Path;
                // What has an address of its own is served there alone, and nothing else is.
                var belongsTo =
                    path.StartsWithSegments(AdminPath) ? FurtherListener.Admin
                    : hasMetrics && path.StartsWithSegments(MetricsPath) ? FurtherListener.Metrics
                    : null;
                return context.Features.Get<FurtherListener>() == belongsTo
                    ? next(context)
                    : ProblemResults.WriteAsync(context, EdgeProblems.FromStatus(StatusCodes.Status404NotFound));
            }
        );
    }

    private static bool Is(BindingAddress? address, System.Net.EndPoint? endpoint) =>
        endpoint switch
        {
            System.Net.IPEndPoint ip => address is { IsUnixPipe: false } && address.Port == ip.Port,
            UnixDomainSocketEndPoint socket => address is { IsUnixPipe: true } && socket.ToString() == address.UnixPipePath,
            _ => false,
        };

    /// <summary>As the server would find them.</summary>
    private static IEnumerable<string> PublicAddresses(IConfiguration configuration)
    {
        if (configuration["urls"] is { Length: > 0 } urls)
        {
            return Split(urls);
        }

        var ports = Split(configuration["http_ports"])
            .Select(port => $"http://*:{port}")
            .Concat(Split(configuration["https_ports"]).Select(port => $"https://*:{port}"))
            .ToList();
        return ports.Count > 0 ? ports : ["http://localhost:5000"];

        static string[] Split(string? list) =>
            (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>Marks a connection to an address at which one thing alone is served.</summary>
    private sealed class FurtherListener
    {
        public static readonly FurtherListener Metrics = new(),
            Admin = new();
    }
}
