using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Access;

/// <summary>Parts of the service beside its operations, and which of them need no key.</summary>
internal sealed class OpenAreas(IOptions<AccessOptions> options)
{
    private const string Health = "health", Page = "page", Documentation = "documentation", Metrics = "metrics", Catalogue = "catalogue";

    private readonly HashSet<string> _open = new(Split(options.Value.OpenWithoutKey), StringComparer.OrdinalIgnoreCase);

    /// <summary>The words that there are.</summary>
    public static IReadOnlyList<string> Words { get; } = [Health, Page, Documentation, Metrics, Catalogue];

    /// <summary>What of a setting is none of them.</summary>
    public static IEnumerable<string> Unknown(string setting) => Split(setting).Where(word => !Words.Contains(word, StringComparer.OrdinalIgnoreCase));

    /// <summary>Whether a request needs no key.</summary>
    public bool Hold(HttpRequest request)
    {
        var path = request.Path;
        if (path.StartsWithSegments("/v1", out var operation))
        {
            return _open.Contains(Catalogue) && HttpMethods.IsGet(request.Method)
                && (operation.Equals("/tags", StringComparison.OrdinalIgnoreCase) || operation.Equals("/model", StringComparison.OrdinalIgnoreCase));
        }

        if (path.StartsWithSegments("/v2", out var inference) && !inference.StartsWithSegments("/health"))
        {
            return false;
        }

        var area = path switch
        {
            _ when path.StartsWithSegments("/health") || path.StartsWithSegments("/v2") => Health,
            _ when path.StartsWithSegments("/metrics") => Metrics,
            _ when path.StartsWithSegments("/swagger") => Documentation,
            _ => Page,
        };
        return _open.Contains(area);
    }

    private static string[] Split(string words) => words.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
}
