using System.Net;
using System.Net.Sockets;

namespace GeoTagService.Bulk.Fetching;

/// <summary>Which machines a run may speak to.</summary>
internal static class AddressRules
{
    /// <summary>Whether an address is one of the public internet.</summary>
    public static bool IsPublic(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (
            IPAddress.IsLoopback(address)
            || address.IsIPv6LinkLocal
            || address.IsIPv6SiteLocal
            || address.IsIPv6UniqueLocal
            || address.IsIPv6Multicast
            || address.Equals(IPAddress.IPv6Any)
        )
        {
            return false;
        }

        if (address.AddressFamily != AddressFamily.InterNetwork)
        {
            return true;
        }

        // This network, private, shared by carriers, link-local, protocols and tests, multicast and above.
        var parts = address.GetAddressBytes();
        return (parts[0], parts[1], parts[2])
            is not (

                (0 or 10 or 127 or >= 224, _, _)
                or
                (100, >= 64 and < 128, _)
                or
                (169, 254, _)
                or
                (172, >= 16 and < 32, _)
                or
                (192, 168, _)
                or
                (192, 0, 0)
                or
                (198, 18 or 19, _)
            );
    }

    /// <summary>Connects to the first public address of a host; names are looked up here, so that what was checked is
    /// what is connected to.</summary>
    /// <exception cref="HttpRequestException">The host has no address.</exception>
    /// <exception cref="PrivateHostException">All that it has are private.</exception>
    public static async ValueTask<Stream> ConnectPubliclyAsync(DnsEndPoint host, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(host);
        var addresses = await Dns.GetHostAddressesAsync(host.Host, cancellationToken).ConfigureAwait(false);
        var open = addresses.Where(IsPublic).ToArray();
        if (open.Length == 0)
        {
            throw addresses.Length == 0
                ? new HttpRequestException($"{host.Host} has no address")
                : new PrivateHostException($"{host.Host} is on a private address, which --public-only leaves alone");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(open, host.Port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A host that a run may not speak to.</summary>
internal sealed class PrivateHostException(string message) : Exception(message);
