using System.Net.Sockets;

namespace GeoTagService.Bulk.Queue;

/// <summary>Asks what is at a queue's address, in the protocol's simplest form. The driver says of everything that is wrong that it
/// could not connect, and takes ten seconds to say so.</summary>
internal static class RedisProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Looks.</summary>
    /// <param name="address">Where the server should be.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Why there is no server for us, as the end of a sentence; null where one answers, or where only TLS can tell.</returns>
    public static async Task<string?> WhyNotAsync(QueueAddress address, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.Host, address.Port, either.Token).ConfigureAwait(false);
        }
        catch (SocketException fault)
        {
            return fault.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $"the name {address.Host} is not known",
                SocketError.ConnectionRefused => "nobody listens there",
                _ => fault.Message,
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "there is no answer; does a firewall stand between?";
        }

        if (address.IsEncrypted)
        {
            return null;
        }

        try
        {
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray(), either.Token).ConfigureAwait(false);
            var answer = new byte[64];
            var read = await stream.ReadAsync(answer, either.Token).ConfigureAwait(false);
            return answer.AsSpan(0, read) switch
            {
                [] => "it hangs up: no Redis server, or one that wants TLS (rediss://)",
                [(byte)'-', .. var refusal] when refusal.StartsWith("NOAUTH"u8) && address.Password is null =>
                    $"it wants a password ({QueueAddress.PasswordVariable} may hold it)",
                [(byte)'+' or (byte)'-', ..] => null,
                _ => "what answers there is no Redis server",
            };
        }
        catch (IOException)
        {
            return "it hangs up: no Redis server, or one that wants TLS (rediss://)";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "it takes connections and says nothing: a Redis server that is stopped, one that wants TLS (rediss://), or something else";
        }
    }
}
