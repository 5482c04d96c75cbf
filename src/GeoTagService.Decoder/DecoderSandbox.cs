using System.Runtime.InteropServices;

namespace GeoTagService.Decoder;

/// <summary>What this process takes from itself before it sees a stranger's file.</summary>
internal static unsafe partial class DecoderSandbox
{
    private const int DataSegment = 2;
    private const int CoreFile = 4;
    private const int NoNewPrivileges = 38;
    private const int CreateRuleset = 444;
    private const int AddRule = 445;
    private const int RestrictSelf = 446;
    private const int BeneathPath = 1;
    private const ulong Execute = 1;
    private const ulong ReadFile = 4;
    private const ulong ReadFolder = 8;
    private const int RulesetVersion = 1;
    private const int SetFilter = 1;
    private const int AllThreads = 1;

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

    /// <summary>Gives up files, network and other processes: what the pixels need was loaded before. Called when the process is
    /// warm.</summary>
    /// <returns>What the system granted.</returns>
    public static DecoderConfinement Close()
    {
        if (!OperatingSystem.IsLinux() || SystemCalls.ForThisMachine is not { } calls || Control(NoNewPrivileges, 1, 0, 0, 0) != 0)
        {
            return DecoderConfinement.None;
        }

        // The filter comes last: it would not let the other be asked for.
        var files = RefuseFiles() ? DecoderConfinement.Files : DecoderConfinement.None;
        return files | (RefuseCalls(calls) ? DecoderConfinement.SystemCalls : DecoderConfinement.None);
    }

    // Landlock, for the thread that decodes: no file but the code that may still have to be loaded, none of which is secret. An
    // older kernel knows fewer rights than a newer one.
    private static bool RefuseFiles()
    {
        var version = Call(CreateRuleset, 0, 0, RulesetVersion, 0);
        if (version < 1)
        {
            return false;
        }

        var rights = new FileRights
        {
            Files = version switch
            {
                1 => 0x1FFF,
                2 => 0x3FFF,
                3 or 4 => 0x7FFF,
                _ => 0xFFFF,
            },
            Network = version >= 4 ? 3u : 0u,
        };
        var ruleset = Call(CreateRuleset, (nint)(&rights), version >= 4 ? sizeof(FileRights) : sizeof(ulong), 0, 0);
        if (ruleset < 0)
        {
            return false;
        }

        Allow(ruleset, RuntimeEnvironment.GetRuntimeDirectory(), ReadFile | ReadFolder | Execute);
        foreach (var assembly in Directory.GetFiles(AppContext.BaseDirectory, "*.dll"))
        {
            Allow(ruleset, assembly, ReadFile | Execute);
        }

        return Call(RestrictSelf, ruleset, 0, 0, 0) == 0;
    }

    private static void Allow(nint ruleset, string path, ulong rights)
    {
        const int PathOnly = 0x200000;
        const int CloseOnExec = 0x80000;
        var descriptor = Open(path, PathOnly | CloseOnExec);
        if (descriptor >= 0)
        {
            var rule = new PathRule { Rights = rights, Descriptor = descriptor };
            _ = Call(AddRule, ruleset, BeneathPath, (nint)(&rule), 0);
            _ = Close(descriptor);
        }
    }

    private static bool RefuseCalls(SystemCalls calls)
    {
        var instructions = calls.Filter();
        fixed (FilterInstruction* first = instructions)
        {
            var program = new FilterProgram { Length = (ushort)instructions.Length, Instructions = first };
            return Call(calls.Seccomp, SetFilter, AllThreads, (nint)(&program), 0) == 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Call(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetResourceLimit(int resource, ResourceLimit* limit);

    private struct FileRights
    {
        public ulong Files;
        public ulong Network;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct PathRule
    {
        public ulong Rights;
        public int Descriptor;
    }

    private struct FilterProgram
    {
        public ushort Length;
        public FilterInstruction* Instructions;
    }

    private struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }
}
