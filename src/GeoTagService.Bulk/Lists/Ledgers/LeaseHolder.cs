using System.Globalization;
using System.Text.Json.Serialization;

namespace GeoTagService.Bulk.Lists.Ledgers;

/// <summary>The process that holds a lease.</summary>
/// <param name="Host">Name of its machine, for people.</param>
/// <param name="Machine">What tells the processes that can see each other by number: host, start of the system, and on Linux the
/// namespace of process numbers, which containers have of their own.</param>
/// <param name="Process">Its number.</param>
/// <param name="Started">When it started, in the system's own count: numbers of processes are used again.</param>
public sealed record LeaseHolder(string Host, string Machine, int Process, long Started)
{
    /// <summary>This process.</summary>
    public static LeaseHolder Present { get; } =
        new(Environment.MachineName, MachineName(), Environment.ProcessId, StartOf(Environment.ProcessId) ?? 0);

    /// <summary>Whether the process lives; null where that cannot be seen from here.</summary>
    public bool? Lives() => Machine != Present.Machine ? null : StartOf(Process) == Started;

    /// <inheritdoc/>
    public override string ToString() => $"process {Process} on {Host}";

    private static string MachineName()
    {
        const string Boot = "/proc/sys/kernel/random/boot_id";
        return OperatingSystem.IsLinux() && File.Exists(Boot)
            ? $"{Environment.MachineName} {File.ReadAllText(Boot).Trim()} {new FileInfo("/proc/self/ns/pid").LinkTarget}"
            : Environment.MachineName;
    }

    /// <summary>When a process started; null where there is none of that number, or only its remains.</summary>
    private static long? StartOf(int process)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                using var found = System.Diagnostics.Process.GetProcessById(process);
                return found.StartTime.ToUniversalTime().Ticks;
            }

            // The second field is the name in brackets, and may itself hold brackets and blanks: the third is the state, the 22nd the
            // start.
            var status = File.ReadAllText($"/proc/{process}/stat");
            var fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }
}

/// <summary>The lease's JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LeaseHolder))]
internal sealed partial class LeaseJson : JsonSerializerContext;
