using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Pages;

/// <summary>The page's map, section <c>GeoTag:Map</c>.</summary>
internal sealed class MapOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "GeoTag:Map";

    /// <summary>Server of map tiles that are drawn under the outline, in Web Mercator with {z}, {x} and {y} in its address
    /// (<c>https://tile.example.org/{z}/{x}/{y}.png</c>). Browsers then ask that host, and it learns what is looked at. Default
    /// none.</summary>
    public string? Tiles { get; set; }

    /// <summary>Whom the map is thanked to, as its licence asks; stands on it. Needed with tiles.</summary>
    public string? Attribution { get; set; }

    /// <summary>Scheme, host and port of the tiles; null where there are none.</summary>
    public string? TilesOrigin =>
        Uri.TryCreate(Tiles, UriKind.Absolute, out var address) ? address.GetLeftPart(UriPartial.Authority) : null;
}

/// <summary>What attributes cannot say of <see cref="MapOptions"/>.</summary>
internal sealed class MapOptionsValidator : IValidateOptions<MapOptions>
{
    public ValidateOptionsResult Validate(string? name, MapOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Tiles))
        {
            return ValidateOptionsResult.Success;
        }

        var isAddress =
            Uri.TryCreate(options.Tiles, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
            && address.UserInfo.Length == 0
            && !address.Authority.Any(character => "{}%;, ".Contains(character, StringComparison.Ordinal))
            && options.Tiles.Contains("{z}", StringComparison.Ordinal)
            && options.Tiles.Contains("{x}", StringComparison.Ordinal)
            && options.Tiles.Contains("{y}", StringComparison.Ordinal);
        return (isAddress, string.IsNullOrWhiteSpace(options.Attribution)) switch
        {
            (false, _) => ValidateOptionsResult.Fail(
                $"GeoTag:Map:Tiles is '{options.Tiles}'; it is an http or https address with {{z}}, {{x}} and {{y}} in its path."
            ),
            (_, true) => ValidateOptionsResult.Fail(
                "GeoTag:Map:Attribution is empty; with GeoTag:Map:Tiles it says whom the map is thanked to."
            ),
            _ => ValidateOptionsResult.Success,
        };
    }
}
