using System.Net;
using System.Net.Sockets;

namespace GeoTagService.Testing;

/// <summary>What the machine offers to a test that runs other programs.</summary>
public static class LocalMachine
{
    /// <summary>
    /// Below the ports that systems hand out by themselves, so that no connection of another test takes the port
    /// between its being found and the program's listening there.
    /// </summary>
    private const int FirstPort = 20_000;

    private const int LastPort = 32_000;

    private static int s_lastFound = Random.Shared.Next(FirstPort, LastPort);

    /// <summary>A port of the loopback interface that nobody listens on now, another one each time.</summary>
    public static int FreePort()
    {
        for (var tried = FirstPort; tried <= LastPort; tried++)
        {
            var port = FirstPort + (Interlocked.Increment(ref s_lastFound) % (LastPort - FirstPort));
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it; the next one, then.
            }
        }

        throw new InvalidOperationException($"no port from {FirstPort} to {LastPort} is free");
    }

    /// <summary>Path of an installed program, or null.</summary>
    /// <param name="program">Its name.</param>
    public static string? FindProgram(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);
}
