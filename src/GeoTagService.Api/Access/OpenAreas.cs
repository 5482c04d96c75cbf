using GeoTagService.Api.Hosting;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Access;

/// <summary>Parts of the service beside its operations, and which of them need no key.</summary>
internal sealed class OpenAreas(IOptions<AccessOptions> options)
{
    private const string Health = "health",
        Page = "page",
        Documentation = "documentation",
        Metrics = "metrics",
        Catalogue = "catalogue",
        Admin = "admin";

    private readonly HashSet<string> _open = new(Split(options.Value.OpenWithoutKey), StringComparer.OrdinalIgnoreCase);

    /// <summary>The words that there are.</summary>
    public static IReadOnlyList<string> Words { get; } = [Health, Page, Documentation, Metrics, Catalogue, Admin];

    /// <summary>What of a setting is none of them.</summary>
    public static IEnumerable<string> Unknown(string setting) =>
        Split(setting).Where(word => !Words.Contains(word, StringComparer.OrdinalIgnoreCase));

    /// <summary>Whether a request needs no key.</summary>
    public bool Hold(HttpContext context)
    {
        if (Operations.Include(context))
        {
            return _open.Contains(Catalogue) && Operations.IsCatalogue(context.Request);
        }

        var path = context.Request.Path;
        var area = path switch
        {
            _ when path.StartsWithSegments("/health") || path.StartsWithSegments("/v2") => Health,
            _ when path.StartsWithSegments("/metrics") => Metrics,
            _ when path.StartsWithSegments("/swagger") => Documentation,
            _ when path.StartsWithSegments(Listeners.AdminPath) => Admin,
            _ => Page,
        };
        return _open.Contains(area);
    }

    private static string[] Split(string words) => words.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
}
