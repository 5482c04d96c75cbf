using System.Net;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>What attributes cannot say of <see cref="EdgeOptions"/>.</summary>
internal sealed class EdgeOptionsValidator : IValidateOptions<EdgeOptions>
{
    public ValidateOptionsResult Validate(string? name, EdgeOptions options)
    {
        var faults = new List<string>();
        var networks = options.TrustedNetworks.Where(network => !IPNetwork.TryParse(network, out _)).ToList();
        if (networks.Count > 0)
        {
            faults.Add($"GeoTag:Http:TrustedNetworks holds what is no CIDR network: {string.Join(", ", networks)}");
        }

        var origins = options.CorsOrigins.Where(origin => !IsOrigin(origin)).ToList();
        if (origins.Count > 0)
        {
            faults.Add($"GeoTag:Http:CorsOrigins holds what is no origin (https://example.org): {string.Join(", ", origins)}");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <summary>Scheme, host and port, and nothing else; no pattern, so that whoever may ask is named.</summary>
    private static bool IsOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri.PathAndQuery == "/"
        && uri.Fragment.Length == 0
        && uri.UserInfo.Length == 0
        && !origin.Contains('*', StringComparison.Ordinal);
}
