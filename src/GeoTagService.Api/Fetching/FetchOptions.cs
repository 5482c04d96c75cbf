using System.ComponentModel.DataAnnotations;
using System.Net;
using GeoTagService.Core.Settings;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Fetching;

/// <summary>Photos that are given by their address on the web, section <c>GeoTag:Fetch</c>.</summary>
internal sealed class FetchOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "GeoTag:Fetch";

    /// <summary>Hosts that photos may be fetched from: a name (<c>images.example.org</c>), all names under one (<c>*.example.org</c>),
    /// each with a port where it is not that of http or https (<c>localhost:8080</c>). Default none: nothing is fetched.</summary>
    public IList<string> Hosts { get; } = [];

    /// <summary>Networks, as CIDR (<c>10.1.0.0/16</c>), whose addresses those hosts may have although they are private, of this machine
    /// or of the link. Default none.</summary>
    public IList<string> Networks { get; } = [];

    /// <summary>Longest time that fetching one photo may take, redirects and all. Default 10 s, 0.1 s to 5 min.</summary>
    [TimeRange("00:00:00.1", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most redirects that are followed, each to a host that may be fetched from. Default 3, 0 to 10.</summary>
    [Range(0, 10)]
    public int MaxRedirects { get; set; } = 3;
}

/// <summary>What attributes cannot say of <see cref="FetchOptions"/>.</summary>
internal sealed class FetchOptionsValidator : IValidateOptions<FetchOptions>
{
    public ValidateOptionsResult Validate(string? name, FetchOptions options)
    {
        var faults = new List<string>();
        var hosts = options.Hosts.Where(host => FetchableHost.Parse(host) is null).ToList();
        if (hosts.Count > 0)
        {
            faults.Add(
                $"GeoTag:Fetch:Hosts holds what is no host (images.example.org, *.example.org, localhost:8080): {string.Join(", ", hosts)}"
            );
        }

        var networks = options.Networks.Where(network => !IPNetwork.TryParse(network, out _)).ToList();
        if (networks.Count > 0)
        {
            faults.Add($"GeoTag:Fetch:Networks holds what is no CIDR network: {string.Join(", ", networks)}");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
