using System.Runtime.InteropServices;

namespace GeoTagService.Decoder;

/// <summary>What this process takes from itself before it sees a stranger's file.</summary>
internal static unsafe partial class DecoderSandbox
{
    private const int DataSegment = 2;
    private const int CoreFile = 4;

    /// <summary>Bounds the private memory, native and managed; writes no core file, which would hold somebody's photo; and
    /// offers itself to the system first when memory runs out. Does nothing where the system is not Linux.</summary>
    /// <param name="bytes">Bytes of private memory.</param>
    public static void LimitMemory(long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        Limit(DataSegment, (ulong)bytes);
        Limit(CoreFile, 0);
        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", "1000");
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            // A system without it ends whom it likes.
        }
    }

    private static void Limit(int resource, ulong value)
    {
        var limit = new ResourceLimit { Current = value, Maximum = value };
        _ = SetResourceLimit(resource, &limit);
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetResourceLimit(int resource, ResourceLimit* limit);

    private struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }
}
