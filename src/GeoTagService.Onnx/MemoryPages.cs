using System.Globalization;
using System.Runtime.InteropServices;

namespace GeoTagService.Onnx;

/// <summary>
/// What this process asks of its system about memory; without effect where the system has no such call (all but Linux).
/// </summary>
internal static partial class MemoryPages
{
    private const int Collapse = 25;
    private const long HugePage = 2L << 20;
    private const int SmallPage = 4096;
    private const string Listing = "/proc/self/smaps";

    /// <summary>Held while pages are moved, and by whoever finds out which pages are read: the marks are those of the whole process, and
    /// two that ask at once would forget each other's.</summary>
    public static readonly Lock Watching = new();

    /// <summary>Bytes that are moved at once: some ten milliseconds' worth.</summary>
    private const long Portion = 4 * HugePage;

    /// <summary>Bytes in memory below which what a region holds is not worth moving.</summary>
    private const long SmallestRegion = 4L << 20;

    /// <summary>Has the system note anew, from now on, which pages of this process are read or written.</summary>
    /// <returns>Whether it does.</returns>
    public static bool ForgetUses()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            // proc_pid_clear_refs(5): the marks of all pages.
            using var marks = File.OpenHandle("/proc/self/clear_refs", FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(marks, "1"u8, 0);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Where the regions begin of which some page was read or written since then.</summary>
    public static HashSet<nint> UsedRegions() =>
        [.. Regions(Listing).Where(region => region.Referenced > 0).Select(region => (nint)region.Start)];

    /// <summary>Whether this process has a page of a stretch in memory; it has one of a mapped file only after it was read.</summary>
    /// <param name="start">The first page.</param>
    /// <param name="length">Bytes.</param>
    /// <returns>Also true where the system does not tell.</returns>
    public static bool HasPageOf(nint start, long length)
    {
        const ulong Present = 1UL << 63,
            Swapped = 1UL << 62;
        var page = Environment.SystemPageSize;
        var entries = new ulong[(length + page - 1) / page];
        try
        {
            // proc_pid_pagemap(5): eight bytes for each page.
            using var map = File.OpenHandle("/proc/self/pagemap", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = MemoryMarshal.AsBytes(entries.AsSpan());
            var offset = (long)start / page * sizeof(ulong);
            while (bytes.Length > 0)
            {
                var count = RandomAccess.Read(map, bytes, offset);
                if (count <= 0)
                {
                    return true;
                }

                bytes = bytes[count..];
                offset += count;
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return true;
        }

        return Array.Exists(entries, entry => (entry & (Present | Swapped)) != 0);
    }

    /// <summary>
    /// Moves what is in use of large regions of private memory into pages of 2 MB: a run reads all of a tower's
    /// repacked weights, which are as many as 150,000 pages of 4 KB, more than a processor remembers the addresses of, and
    /// on some virtual machines each costs the host work again and again. Blocks for as long as it takes, about a second for
    /// each GB. Where the operator has turned such pages off, they stay off.
    /// </summary>
    /// <param name="cancellationToken">Leaves it at what was moved.</param>
    /// <returns>Bytes that were moved.</returns>
    public static long UseHugePages(CancellationToken cancellationToken = default)
    {
        if (!OperatingSystem.IsLinux() || Environment.SystemPageSize != SmallPage || !AreAllowed())
        {
            return 0;
        }

        var regions = Regions(Listing).ToList();
        foreach (var region in regions.Where(region => region.IsPrivateMemory && region.Resident >= SmallestRegion))
        {
            foreach (var (start, length) in PartsInUse(region))
            {
                for (var done = 0L; done < length; done += Portion)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    lock (Watching)
                    {
                        _ = Advise((nint)(start + done), (nuint)Math.Min(Portion, length - done), Collapse);
                    }
                }
            }
        }

        return Math.Max(0, InHugePages(Regions(Listing)) - InHugePages(regions));

        static long InHugePages(IEnumerable<MemoryRegion> regions) => regions.Sum(region => region.InHugePages);
    }

    /// <summary>
    /// What of a region can be moved without making it much larger: stretches of 2 MB, as many as follow each other, of which
    /// nine tenths are in memory. The allocator puts weights beside reserves that are hardly used.
    /// </summary>
    private static List<(long Start, long Length)> PartsInUse(MemoryRegion region)
    {
        var parts = new List<(long Start, long Length)>();
        Span<byte> pages = stackalloc byte[(int)(HugePage / SmallPage)];
        var first = (region.Start + HugePage - 1) / HugePage * HugePage;
        for (var address = first; address + HugePage <= region.End; address += HugePage)
        {
            // A region that has gone since it was listed is an error of this call, no more.
            if (InMemory((nint)address, (nuint)HugePage, ref MemoryMarshal.GetReference(pages)) != 0 || !AreMostlySet(pages))
            {
                continue;
            }

            if (parts is [.., var last] && last.Start + last.Length == address)
            {
                parts[^1] = last with { Length = last.Length + HugePage };
            }
            else
            {
                parts.Add((address, HugePage));
            }
        }

        return parts;
    }

    private static bool AreMostlySet(ReadOnlySpan<byte> pages)
    {
        var set = 0;
        foreach (var page in pages)
        {
            set += page & 1;
        }

        return set >= pages.Length / 10 * 9;
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
                    ("Referenced:", { } seen) => seen with { Referenced = Kilobytes(fields) },
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
                // Permissions, offset, device, inode, and no name: the allocator's own heap is the one that has one.
                IsPrivateMemory: fields is [_, "rw-p", _, _, "0"] or [_, "rw-p", _, _, "0", "[heap]"]
            );
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

    [LibraryImport("libc", EntryPoint = "mincore")]
    private static partial int InMemory(nint address, nuint length, ref byte pages);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}

/// <summary>One region of a process's memory; sizes in bytes.</summary>
internal readonly record struct MemoryRegion(long Start, long End, bool IsPrivateMemory)
{
    public long Length => End - Start;

    /// <summary>What of it is in memory.</summary>
    public long Resident { get; init; }

    /// <summary>What of that was read or written since the marks were cleared.</summary>
    public long Referenced { get; init; }

    /// <summary>What of that lies in pages of 2 MB.</summary>
    public long InHugePages { get; init; }
}
