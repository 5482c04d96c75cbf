using System.Net;
using System.Net.Sockets;

namespace GeoTagService.Api.Fetching;

/// <summary>Which addresses lie on the open internet. What is not listed by the registries as global is not.</summary>
internal static class PublicAddresses
{
    /// <summary>IANA's registry of special-purpose addresses, with multicast and what is reserved.</summary>
    private static readonly IPNetwork[] NotOpen4 =
    [
        .. new[]
        {
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    /// <summary>All that is global unicast; beside it are loopback, link, site, multicast, and translations of IPv4.</summary>
    private static readonly IPNetwork Open6 = IPNetwork.Parse("2000::/3");

    /// <summary>Of that: protocol assignments and Teredo, documentation, and 6to4, which carries any address of IPv4.</summary>
    private static readonly IPNetwork[] NotOpen6 =
    [
        .. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(text => IPNetwork.Parse(text)),
    ];

    /// <summary>Whether an address may be connected to.</summary>
    /// <param name="address">The address.</param>
    /// <param name="allowed">Networks that are allowed whatever they are.</param>
    public static bool Hold(IPAddress address, IReadOnlyList<IPNetwork> allowed)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return allowed.Any(network => network.Contains(address))
            || (
                address.AddressFamily == AddressFamily.InterNetwork
                    ? !NotOpen4.Any(network => network.Contains(address))
                    : Open6.Contains(address) && !NotOpen6.Any(network => network.Contains(address))
            );
    }
}
