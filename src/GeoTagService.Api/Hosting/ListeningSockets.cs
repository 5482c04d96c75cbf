using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace GeoTagService.Api.Hosting;

/// <summary>
/// The sockets that the server listens on, so that a stop can close them before it closes connections, and without losing
/// one. Closing a listening socket resets the connections that the system has made and nobody has accepted yet; their clients
/// have sent a request by then, and a gateway may not send it again. So new connections are turned away first (their clients
/// knock again a second later and find the port closed), those already made are accepted, and then the socket is closed.
/// </summary>
internal sealed class ListeningSockets
{
    /// <summary>By then the server has accepted what was made: it always waits for the next connection.</summary>
    private static readonly TimeSpan Accepting = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentBag<Socket> _sockets = [];

    /// <summary>Makes a listening socket as the server would, and keeps it in mind.</summary>
    public Socket Create(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        _sockets.Add(socket);
        return socket;
    }

    /// <summary>Closes them all; connections that are made by then go on.</summary>
    public async Task CloseAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (_sockets.IsEmpty)
        {
            return;
        }

        foreach (var socket in _sockets)
        {
            TurnAway(socket);
        }

        await Task.Delay(Accepting, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (_sockets.TryTake(out var socket))
        {
            // The server takes a socket that was closed for the end of its accepting.
            socket.Dispose();
        }
    }

    /// <summary>Lets the system drop what asks for a new connection (packets with SYN), on Linux; elsewhere, and where the
    /// system refuses the filter, the few connections that come in between are reset.</summary>
    private static void TurnAway(Socket socket)
    {
        if (!OperatingSystem.IsLinux() || socket.ProtocolType != ProtocolType.Tcp)
        {
            return;
        }

        const int socketLevel = 1;
        const int attachFilter = 26;
        // Classic BPF, as socket(7) has it: load the byte of flags in the TCP header, drop the packet if SYN is set, else keep it.
        ulong[] program =
        [
            Instruction(0x30, 0, 0, 13),
            Instruction(0x45, 0, 1, 0x02),
            Instruction(0x06, 0, 0, 0),
            Instruction(0x06, 0, 0, uint.MaxValue),
        ];
        var pinned = GCHandle.Alloc(program, GCHandleType.Pinned);
        try
        {
            var filter = new byte[16];
            MemoryMarshal.Write(filter, (ushort)program.Length);
            MemoryMarshal.Write(filter.AsSpan(8), (long)pinned.AddrOfPinnedObject());
            socket.SetRawSocketOption(socketLevel, attachFilter, filter);
        }
        catch (Exception refused) when (refused is SocketException or ObjectDisposedException)
        {
            // As said above.
        }
        finally
        {
            pinned.Free();
        }
    }

    /// <summary>A struct sock_filter: operation, jumps when true and when false, operand.</summary>
    private static ulong Instruction(ushort operation, byte whenTrue, byte whenFalse, uint operand) =>
        operation | ((ulong)whenTrue << 16) | ((ulong)whenFalse << 24) | ((ulong)operand << 32);
}
