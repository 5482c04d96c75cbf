using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Pages;

/// <summary>What the page is told of the service's settings.</summary>
/// <param name="Tiles">Address of map tiles with {z}, {x} and {y}, or null.</param>
/// <param name="Attribution">Whom they are thanked to, or null.</param>
internal sealed record PageSettings(string? Tiles, string? Attribution);

/// <summary>JSON of <see cref="PageSettings"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PageSettings))]
internal sealed partial class PageJson : JsonSerializerContext;

/// <summary>The page's own settings.</summary>
internal static class PageEndpoints
{
    /// <summary>Adds the settings.</summary>
    public static IServiceCollection AddPage(this IServiceCollection services)
    {
        services.AddOptions<MapOptions>().BindConfiguration(MapOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MapOptions>, MapOptionsValidator>();
        return services;
    }

    /// <summary>Maps <c>/page.json</c>, which belongs to the page as its files do.</summary>
    public static void MapPage(this WebApplication app) =>
        app.MapGet(
                "/page.json",
                (HttpContext context, IOptions<MapOptions> map) =>
                {
                    context.Response.Headers.CacheControl = "no-cache";
                    return Results.Json(
                        map.Value.TilesOrigin is null
                            ? new PageSettings(null, null)
                            : new PageSettings(map.Value.Tiles, map.Value.Attribution),
                        PageJson.Default.PageSettings
                    );
                }
            )
            .ExcludeFromDescription();
}
