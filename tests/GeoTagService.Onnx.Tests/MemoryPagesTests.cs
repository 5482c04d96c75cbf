using System.Runtime.InteropServices;

namespace GeoTagService.Onnx.Tests;

/// <summary>Alone: what other tests allocate may lie in the same region of the process's memory.</summary>
[CollectionDefinition(nameof(MemoryPagesTests), DisableParallelization = true)]
[Collection(nameof(MemoryPagesTests))]
public sealed class MemoryPagesTests
{
    private const string Listing = """
        55d0c0a00000-55d0c0a21000 rw-p 00000000 00:00 0                          [heap]
        Size:                132 kB
        Rss:                  60 kB
        AnonHugePages:         0 kB
        VmFlags: rd wr mr mw me ac
        7f0000000000-7f0002000000 rw-p 00000000 00:00 0
        Size:              32768 kB
        Rss:               32000 kB
        AnonHugePages:      4096 kB
        VmFlags: rd wr mr mw me ac
        7f0010000000-7f0011000000 r--s 00000000 fe:00 11657377                   /models/a bundle/text.onnx.data
        Rss:                 184 kB
        AnonHugePages:         0 kB
        7f0020000000-7f0021000000 ---p 00000000 00:00 0
        Rss:                   0 kB
        7ffc12345000-7ffc12366000 rw-p 00000000 00:00 0                          [stack]
        Rss:                  16 kB
        """;

    [Fact]
    public void Regions_AreReadAsTheKernelListsThem()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, Listing);

            Assert.Equal(
                [
                    new MemoryRegion(0x55d0c0a00000, 0x55d0c0a21000, true) { Resident = 60 << 10 },
                    new MemoryRegion(0x7f0000000000, 0x7f0002000000, true) { Resident = 32_000 << 10, InHugePages = 4_096 << 10 },
                    new MemoryRegion(0x7f0010000000, 0x7f0011000000, false) { Resident = 184 << 10 },
                    new MemoryRegion(0x7f0020000000, 0x7f0021000000, false),
                    new MemoryRegion(0x7ffc12345000, 0x7ffc12366000, false) { Resident = 16 << 10 },
                ],
                MemoryPages.Regions(file)
            );
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void MemoryThatIsInUse_MovesIntoHugePagesAndKeepsWhatItHolds()
    {
        SkipWhereNothingMoves();
        const int Length = 64 << 20;
        var expected = new byte[Length];
        new Random(3).NextBytes(expected);
        var memory = Marshal.AllocHGlobal(Length);
        try
        {
            Marshal.Copy(expected, 0, memory, Length);
            Assert.True(InHugePages() < Length / 2);

            var moved = MemoryPages.UseHugePages(TestContext.Current.CancellationToken);

            Assert.True(moved > Length / 2);
            Assert.True(InHugePages() > Length / 2);
            var held = new byte[Length];
            Marshal.Copy(memory, held, 0, Length);
            Assert.True(held.AsSpan().SequenceEqual(expected));
        }
        finally
        {
            Marshal.FreeHGlobal(memory);
        }

        long InHugePages() => Find(memory).InHugePages;
    }

    [Fact]
    public void MemoryThatIsReserved_StaysUnused()
    {
        SkipWhereNothingMoves();
        const int Length = 64 << 20;
        var memory = Marshal.AllocHGlobal(Length);
        try
        {
            // An allocator puts what is in use beside what is not: one region to the system.
            for (var i = 0; i < Length / 2; i += 4096)
            {
                Marshal.WriteByte(memory, i, 1);
            }

            var before = Find(memory);
            MemoryPages.UseHugePages(TestContext.Current.CancellationToken);
            var after = Find(memory);

            Assert.InRange(after.InHugePages - before.InHugePages, Length / 2 - (4 << 20), Length / 2 + (4 << 20));
            Assert.InRange(after.Resident - before.Resident, -(4 << 20), 4 << 20);
        }
        finally
        {
            Marshal.FreeHGlobal(memory);
        }
    }

    private static MemoryRegion Find(nint address) =>
        MemoryPages.Regions("/proc/self/smaps").First(region => region.Start <= address && address < region.End);

    private static void SkipWhereNothingMoves()
    {
        const string Setting = "/sys/kernel/mm/transparent_hugepage/enabled";
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Environment.OSVersion.Version >= new Version(6, 1),
            "only Linux 6.1 moves pages at once"
        );
        Assert.SkipUnless(Environment.SystemPageSize == 4096, "pages of another size than 4 KB have large ones of another size than 2 MB");
        Assert.SkipUnless(
            File.Exists(Setting) && File.ReadAllText(Setting).Contains("[madvise]", StringComparison.Ordinal),
            "this system has no large pages, gives them to all, or has them turned off"
        );
    }
}
