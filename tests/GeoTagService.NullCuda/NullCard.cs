using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace GeoTagService.NullCuda;

/// <summary>What the null card is told, and what it counts, in the order of Native/state.h.</summary>
public enum NullCardField
{
    /// <summary>How many cards there are. 1 unless told otherwise.</summary>
    DeviceCount,

    /// <summary>CUDA that the driver is for, as CUDA writes it: 13000.</summary>
    DriverVersion,

    /// <summary>Memory of the card, bytes.</summary>
    MemoryBytes,

    /// <summary>Which allocation on the card, counted from now, fails for want of memory; 0 none. Those after it succeed.</summary>
    FailAllocation,

    /// <summary>Which launch, counted from now, loses the card; 0 none.</summary>
    FailLaunch,

    /// <summary>Whether every call fails.</summary>
    IsLost,

    /// <summary>Whether what is copied back is no number.</summary>
    GivesNaN,

    /// <summary>Whether whoever waits for a stream waits on.</summary>
    HoldsStreams,

    /// <summary>Bytes of an embedding: what is copied back is then made of the input, row by row.</summary>
    EmbeddingBytes,

    /// <summary>Allocations on the card.</summary>
    DeviceAllocations,

    /// <summary>Frees on the card.</summary>
    DeviceFrees,

    /// <summary>Bytes allocated now on the card.</summary>
    DeviceBytes,

    /// <summary>Page-locked allocations.</summary>
    PinnedAllocations,

    /// <summary>Page-locked frees.</summary>
    PinnedFrees,

    /// <summary>Page-locked bytes now.</summary>
    PinnedBytes,

    /// <summary>Streams, events, graphs and handles made.</summary>
    HandlesMade,

    /// <summary>Streams, events, graphs and handles freed.</summary>
    HandlesFreed,

    /// <summary>Kernels launched.</summary>
    Launches,

    /// <summary>Matrix products.</summary>
    Products,

    /// <summary>Copies to the card.</summary>
    CopiesIn,

    /// <summary>Copies from the card.</summary>
    CopiesOut,

    /// <summary>Copies whose other side is not page-locked.</summary>
    PageableCopies,

    /// <summary>Bytes copied to the card.</summary>
    BytesIn,

    /// <summary>Bytes copied from the card.</summary>
    BytesOut,

    /// <summary>Waits for the whole card.</summary>
    DeviceWaits,

    /// <summary>Waits for a stream.</summary>
    StreamWaits,

    /// <summary>Waits for a stream that are held now.</summary>
    HeldNow,

    /// <summary>Most that were held at once.</summary>
    HeldMost,

    /// <summary>Graphs captured.</summary>
    GraphsCaptured,

    /// <summary>Graphs replayed.</summary>
    GraphsLaunched,

    /// <summary>Calls of cuDNN that do something.</summary>
    CudnnCalls,

    /// <summary>Frees of what was not allocated.</summary>
    StrayFrees,
}

/// <summary>The null card's memory, shared with a process that runs on it, or with this one.</summary>
public sealed class NullCard : IDisposable
{
    /// <summary>Variable that names a process's file.</summary>
    public const string Variable = "NULL_CUDA_STATE";

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    /// <summary>Makes a card in its first state.</summary>
    /// <param name="path">Where its memory lies; an existing file is replaced.</param>
    public NullCard(string path)
    {
        Path = path;
        File.WriteAllBytes(path, new byte[Enum.GetValues<NullCardField>().Length * sizeof(long)]);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        _view = _file.CreateViewAccessor();
        Reset();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What a field holds.</summary>
    public long this[NullCardField field]
    {
        get => _view.ReadInt64((int)field * sizeof(long));
        set => _view.Write((int)field * sizeof(long), value);
    }

    /// <summary>Tells the card nothing but that it is there: one, with a driver, 16 GB, in order. Counters stay.</summary>
    public void Reset()
    {
        for (var field = NullCardField.DeviceCount; field <= NullCardField.EmbeddingBytes; field++)
        {
            this[field] = 0;
        }

        this[NullCardField.DeviceCount] = 1;
        this[NullCardField.DriverVersion] = 13000;
        this[NullCardField.MemoryBytes] = 16L << 30;
    }

    /// <summary>Puts the card's libraries into this process, before anything of CUDA is opened, and lets them use this memory.
    /// </summary>
    /// <param name="libraries">As <see cref="NullCardLibraries.Build"/> gives them.</param>
    public unsafe void Enter(IReadOnlyList<string> libraries)
    {
        // A library that is loaded serves whoever asks for one of its name.
        var loaded = libraries.Select(NativeLibrary.Load).ToList();
        var attach = (delegate* unmanaged<byte*, int>)NativeLibrary.GetExport(loaded[0], "null_cuda_attach");
        var path = Marshal.StringToCoTaskMemUTF8(Path);
        try
        {
            if (attach((byte*)path) != 0)
            {
                throw new InvalidOperationException($"{Path} cannot be mapped");
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem(path);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
