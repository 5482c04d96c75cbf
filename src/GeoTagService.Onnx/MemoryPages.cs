using System.Globalization;
using System.Runtime.InteropServices;

namespace GeoTagService.Onnx;

/// <summary>
/// What this process asks of its system about memory; without effect where the system has no such call (all but Linux).
/// </summary>
internal static partial class MemoryPages
{
    private const int DontNeed = 4;
    private const int Collapse = 25;
    private const long HugePage = 2L << 20;

    /// <summary>Below that, what a region holds is no tower's weights.</summary>
    private const long SmallestRegion = 16L << 20;

    /// <summary>Lets the system take mapped pages of a file back: what is still needed comes back by itself.</summary>
    public static void Forget(nint address, long length)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Advise(address, (nuint)length, DontNeed);
        }
    }

    /// <summary>
    /// Moves large regions of private memory that are in use to their end into pages of 2 MB: a run reads all of a tower's
    /// repacked weights, which are as many as 150,000 pages of 4 KB, more than a processor remembers the addresses of, and
    /// on some virtual machines each costs the host work again and again. Blocks for as long as it takes, about a second for
    /// each GB. Where the operator has turned such pages off, they stay off.
    /// </summary>
    /// <returns>Bytes that were moved.</returns>
    public static long UseHugePages()
    {
        if (!OperatingSystem.IsLinux() || !AreAllowed())
        {
            return 0;
        }

        long moved = 0;
        foreach (var region in Regions("/proc/self/smaps"))
        {
            var first = (region.Start + HugePage - 1) / HugePage * HugePage;
            var length = (region.End - first) / HugePage * HugePage;
            // Stacks and reserves are large, too, and hardly used: pages for them would be a waste.
            if (region.IsPrivateMemory && region.Length >= SmallestRegion && region.Resident >= region.Length / 10 * 9
                && region.InHugePages < length / 2 && Advise((nint)first, (nuint)length, Collapse) == 0)
            {
                moved += length - region.InHugePages;
            }
        }

        return moved;
    }

    /// <summary>The regions of a process, as <c>/proc/PID/smaps</c> lists them (proc(5)).</summary>
    internal static IEnumerable<MemoryRegion> Regions(string smaps)
    {
        MemoryRegion? region = null;
        foreach (var line in File.ReadLines(smaps))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields[0].EndsWith(':'))
            {
                region = (fields[0], region) switch
                {
                    ("Rss:", { } seen) => seen with { Resident = Kilobytes(fields) },
                    ("AnonHugePages:", { } seen) => seen with { InHugePages = Kilobytes(fields) },
                    _ => region,
                };
                continue;
            }

            if (region is { } complete)
            {
                yield return complete;
            }

            var addresses = fields[0].Split('-');
            region = new MemoryRegion(
                long.Parse(addresses[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                long.Parse(addresses[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                // Permissions, offset, device, inode, and no name.
                IsPrivateMemory: fields.Length == 5 && fields[1] == "rw-p" && fields[4] == "0");
        }

        if (region is { } last)
        {
            yield return last;
        }
    }

    private static long Kilobytes(string[] fields) => long.Parse(fields[1], CultureInfo.InvariantCulture) << 10;

    private static bool AreAllowed()
    {
        const string Setting = "/sys/kernel/mm/transparent_hugepage/enabled";
        return File.Exists(Setting) && !File.ReadAllText(Setting).Contains("[never]", StringComparison.Ordinal);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}

/// <summary>One region of a process's memory; sizes in bytes.</summary>
internal readonly record struct MemoryRegion(long Start, long End, bool IsPrivateMemory)
{
    public long Length => End - Start;

    /// <summary>What of it is in memory.</summary>
    public long Resident { get; init; }

    /// <summary>What of that lies in pages of 2 MB.</summary>
    public long InHugePages { get; init; }
}
