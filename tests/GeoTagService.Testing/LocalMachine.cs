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

    private static int s_givenOut = Random.Shared.Next(LastPort - FirstPort);

    /// <summary>A port of the loopback interface that nobody listens on now, another one each time.</summary>
    public static int FreePort() => FreePorts(1);

    /// <summary>
    /// The first of some ports in a row that nobody listens on now, for a program that counts on from one port. None of
    /// them is given out again.
    /// </summary>
    /// <param name="count">How many, 1 or more.</param>
    public static int FreePorts(int count)
    {
        for (var tried = FirstPort; tried <= LastPort; tried += count)
        {
            var first = FirstPort + ((Interlocked.Add(ref s_givenOut, count) - count) % (LastPort - FirstPort));
            if (first + count <= LastPort && Enumerable.Range(first, count).All(IsFree))
            {
                return first;
            }
        }

        throw new InvalidOperationException($"no {count} ports in a row from {FirstPort} to {LastPort} are free");
    }

    /// <summary>Nobody has it, at any address of the machine.</summary>
    private static bool IsFree(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Path of an installed program, or null.</summary>
    /// <param name="program">Its name.</param>
    public static string? FindProgram(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);
}
