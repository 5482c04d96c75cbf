using System.Runtime.InteropServices;

namespace GeoTagService.Core.Batching;

/// <summary>
/// Lets threads that compute give way to those that answer. A run has every core for a quarter of a second; beside it, what
/// reads and refuses requests and collects garbage needs a core for a moment and would otherwise wait for its turn.
/// </summary>
public static partial class ThreadNiceness
{
    private const int CallingThread = 0;

    /// <summary>Makes the calling thread, and threads that it starts from now on in native code, nicer to others of the same
    /// container or control group, for good. Without effect where threads have no niceness of their own (all but Linux).</summary>
    /// <param name="niceness">At least: 0 (as it is) to 19 (after everyone), as setpriority(2) has it.</param>
    public static void Set(int niceness)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(niceness);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(niceness, 19);
        // A process that was started nicer stays so.
        if (niceness > 0 && OperatingSystem.IsLinux() && GetPriority(CallingThread, 0) < niceness)
        {
            _ = SetPriority(CallingThread, 0, niceness);
        }
    }

    /// <summary>Runs something on a thread of its own, so that the caller's keeps its niceness.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    public static T Run<T>(int niceness, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return niceness == 0 || !OperatingSystem.IsLinux()
            ? work()
            : Task
                .Factory.StartNew(
                    () =>
                    {
                        Set(niceness);
                        return work();
                    },
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
                .GetAwaiter()
                .GetResult();
    }

    [LibraryImport("libc", EntryPoint = "getpriority")]
    private static partial int GetPriority(int which, uint who);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int niceness);
}
