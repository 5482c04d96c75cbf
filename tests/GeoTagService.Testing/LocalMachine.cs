using System.Net;
using System.Net.Sockets;

namespace GeoTagService.Testing;

/// <summary>What the machine offers to a test that runs other programs.</summary>
public static class LocalMachine
{
    /// <summary>A port of the loopback interface that nobody listens on now.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Path of an installed program, or null.</summary>
    /// <param name="program">Its name.</param>
    public static string? FindProgram(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);
}
