using System.Net;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>What attributes cannot say of <see cref="EdgeOptions"/>.</summary>
internal sealed class EdgeOptionsValidator : IValidateOptions<EdgeOptions>
{
    public ValidateOptionsResult Validate(string? name, EdgeOptions options)
    {
        var wrong = options.TrustedNetworks.Where(network => !IPNetwork.TryParse(network, out _)).ToList();
        return wrong.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"GeoTag:Http:TrustedNetworks holds what is no CIDR network: {string.Join(", ", wrong)}");
    }
}
