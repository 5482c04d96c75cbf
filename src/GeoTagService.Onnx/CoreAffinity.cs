using System.Globalization;
using System.Runtime.InteropServices;

namespace GeoTagService.Onnx;

/// <summary>
/// A core for each thread of a run that has the machine for itself. The threads of a run wake each other hundreds of times,
/// and a virtual machine's kernel takes a core that sleeps for one that its host has taken away: it wakes the second thread
/// on the first one's core, where both take turns while the other core does nothing, for milliseconds each time.
/// </summary>
internal sealed partial class CoreAffinity
{
    private const int CallingThread = 0;
    private const int BitsPerWord = 64;

    /// <summary>As many processors as the kernel's largest masks hold (CONFIG_NR_CPUS of distributions).</summary>
    private const int MaskWords = 8192 / BitsPerWord;

    private readonly ulong[] _all;
    private readonly ulong[] _first;

    private CoreAffinity(IReadOnlyList<int[]> cores, ulong[] all)
    {
        _all = all;
        _first = Mask(cores[0]);
        // ONNX Runtime counts processors from 1, and leaves out the thread that calls it.
        Workers = string.Join(
            ';',
            cores.Skip(1).Select(core => string.Join(',', core.Select(processor => (processor + 1).ToString(CultureInfo.InvariantCulture))))
        );
    }

    /// <summary>The cores of a session's own threads, as <c>session.intra_op_thread_affinities</c> has them.</summary>
    public string Workers { get; }

    /// <summary>Cores for so many threads; null where they are not exactly those that this process may use.</summary>
    /// <param name="threads">Threads of a run, the calling one included.</param>
    public static CoreAffinity? For(int threads)
    {
        if (threads < 2 || !OperatingSystem.IsLinux())
        {
            return null;
        }

        var all = new ulong[MaskWords];
        if (GetAffinity(CallingThread, (nuint)Buffer.ByteLength(all), all) < 0)
        {
            return null;
        }

        var allowed = Enumerable.Range(0, MaskWords * BitsPerWord).Where(processor => IsSet(all, processor)).ToArray();
        // A share of more processors (a container's quota) is nobody's own: its threads go wherever there is room.
        if (allowed.Length != Environment.ProcessorCount || ProcessorCores.Group(allowed) is not { } cores || cores.Count != threads)
        {
            return null;
        }

        return new CoreAffinity(cores, all);
    }

    /// <summary>Has the calling thread to the first core until <see cref="Free"/>.</summary>
    /// <returns>Whether the system did.</returns>
    public bool Pin() => SetAffinity(CallingThread, (nuint)Buffer.ByteLength(_first), _first) == 0;

    /// <summary>Lets the calling thread go wherever the process may.</summary>
    public void Free() => _ = SetAffinity(CallingThread, (nuint)Buffer.ByteLength(_all), _all);

    private static ulong[] Mask(int[] processors)
    {
        var mask = new ulong[MaskWords];
        foreach (var processor in processors)
        {
            mask[processor / BitsPerWord] |= 1UL << (processor % BitsPerWord);
        }

        return mask;
    }

    private static bool IsSet(ulong[] mask, int processor) => (mask[processor / BitsPerWord] >> (processor % BitsPerWord) & 1) != 0;

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nuint bytes, [Out] ulong[] mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint bytes, ulong[] mask);
}
