using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>Addresses beside the public one, section <c>GeoTag:Listen</c>: <c>http://HOST:PORT</c> or
/// <c>http://unix:/path/to.sock</c>. Default none.</summary>
internal sealed class ListenerOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "GeoTag:Listen";

    /// <summary>Where <c>/metrics</c> is served, and then nowhere else.</summary>
    public string? Metrics { get; set; }

    /// <summary>Where HTTP/2 is spoken without TLS (h2c, with prior knowledge), and nothing else; the operations are the same as on
    /// the public address.</summary>
    public string? Http2 { get; set; }

    /// <summary>Where an operator may reload the bundle and ask how it stands (<c>/admin</c>), and nothing else is served; on the loopback
    /// interface or a Unix socket.</summary>
    public string? Admin { get; set; }

    /// <summary>Those that are set, by their names.</summary>
    public IEnumerable<(string Name, string Address)> Configured()
    {
        foreach (var (name, address) in new[] { (nameof(Metrics), Metrics), (nameof(Http2), Http2), (nameof(Admin), Admin) })
        {
            if (!string.IsNullOrWhiteSpace(address))
            {
                yield return (name, address);
            }
        }
    }
}

/// <summary>What attributes cannot say of <see cref="ListenerOptions"/>.</summary>
internal sealed class ListenerOptionsValidator : IValidateOptions<ListenerOptions>
{
    public ValidateOptionsResult Validate(string? name, ListenerOptions options)
    {
        var faults = new List<string>();
        var ports = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (which, address) in options.Configured())
        {
            var setting = $"{ListenerOptions.SectionName}:{which}";
            if (Parse(address) is not { } parsed)
            {
                faults.Add($"{setting} is '{address}'; an address is http://HOST:PORT or http://unix:/path.");
            }
            else if (!ports.Add(parsed.IsUnixPipe ? parsed.UnixPipePath : $"{parsed.Port}"))
            {
                faults.Add($"{setting} shares its port with another address of {ListenerOptions.SectionName}.");
            }
            else if (which == nameof(ListenerOptions.Admin) && !IsLocal(parsed))
            {
                faults.Add(
                    $"{setting} is '{address}'; it must be of the loopback interface (127.0.0.1, [::1], localhost) or a Unix socket."
                );
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static bool IsLocal(BindingAddress address) =>
        address.IsUnixPipe
        || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (System.Net.IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && System.Net.IPAddress.IsLoopback(ip));

    /// <summary>An address, or null when it is none.</summary>
    public static BindingAddress? Parse(string? address)
    {
        if (string.IsNullOrWhiteSpace(address))
        {
            return null;
        }

        try
        {
            var parsed = BindingAddress.Parse(address);
            var isWhole =
                parsed.Scheme == Uri.UriSchemeHttp && parsed.PathBase.Length == 0 && (parsed.IsUnixPipe || parsed.Port is > 0 and <= 65535);
            return isWhole ? parsed : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
