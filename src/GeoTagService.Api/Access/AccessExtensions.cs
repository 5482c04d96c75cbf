using GeoTagService.Api.Hosting;
using GeoTagService.Api.Telemetry;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace GeoTagService.Api.Access;

/// <summary>Who may call, how often, and from which pages.</summary>
internal static class AccessExtensions
{
    private const string CorsPolicy = "named-origins";

    /// <summary>Adds keys and limits; both let everything pass unless configured.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AccessOptions>, AccessOptionsValidator>();
        services.AddOptions<RateLimitOptions>().BindConfiguration(RateLimitOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<WrongKeys>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<OpenAreas>();
        services.AddSingleton<ClientLimits>();
        services.AddCors();
        services
            .AddOptions<CorsOptions>()
            .Configure<IOptions<EdgeOptions>>(
                (cors, edge) =>
                    cors.AddPolicy(
                        CorsPolicy,
                        policy =>
                            policy
                                .WithOrigins([.. edge.Value.CorsOrigins.Select(origin => origin.TrimEnd('/'))])
                                .WithMethods("GET", "POST")
                                .WithHeaders(
                                    "Content-Type",
                                    "Content-Encoding",
                                    "If-None-Match",
                                    "Authorization",
                                    ApiKeys.Header,
                                    RequestClock.Header,
                                    RequestIds.Header
                                )
                                .WithExposedHeaders(
                                    "ETag",
                                    "Retry-After",
                                    "RateLimit",
                                    "RateLimit-Policy",
                                    ServerTiming.Header,
                                    RequestIds.Header
                                )
                                .SetPreflightMaxAge(TimeSpan.FromHours(1))
                    )
            );
        return services;
    }

    /// <summary>Lets pages of named origins ask, asks everybody for a key where one is needed, and counts requests.</summary>
    public static void UseAccess(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<EdgeOptions>>().Value.CorsOrigins.Count > 0)
        {
            // Before keys are asked for: a browser's preflight carries none.
            app.UseCors(CorsPolicy);
            // An answer kept for one page must not be taken for another's, whose origin it does not name.
            app.Use(
                static (context, next) =>
                {
                    context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Origin);
                    return next(context);
                }
            );
        }

        var keys = app.Services.GetRequiredService<ApiKeys>();
        var open = app.Services.GetRequiredService<OpenAreas>();
        var limits = app.Services.GetRequiredService<ClientLimits>();
        app.Use((context, next) => limits.InvokeAsync(context, next));
        app.Use(
            async (context, next) =>
            {
                var refusal = keys.AreRequired && !open.Hold(context) ? keys.Refusal(context) : null;
                if (refusal is null)
                {
                    await next(context);
                }
                else
                {
                    await refusal.ExecuteAsync(context);
                }
            }
        );
    }

    /// <summary>Who sends a request: the key, where one is needed, else the address.</summary>
    public static string ClientOf(HttpContext context)
    {
        // Only a key that was checked tells clients apart: else every request could bring a new one.
        var keys = context.RequestServices.GetRequiredService<ApiKeys>();
        return keys.AreRequired && keys.Identify(context).Key is { } key
            ? $"key {key.Name}"
            : $"address {context.Connection.RemoteIpAddress}";
    }
}
