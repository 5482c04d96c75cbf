using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GeoTagService.Decoder;

/// <summary>A file that lies in memory and has a path, for a library that reads files alone, in a process that may open no other.
/// Linux only.</summary>
internal sealed partial class MemoryFile : IDisposable
{
    private const uint CloseOnExec = 1;

    private readonly SafeFileHandle _handle;

    private MemoryFile(SafeFileHandle handle) => _handle = handle;

    /// <summary>Its path, in this process.</summary>
    public string Path => $"/proc/self/fd/{_handle.DangerousGetHandle()}";

    /// <summary>Makes one.</summary>
    /// <param name="bytes">What it holds.</param>
    /// <exception cref="IOException">There is no memory for it.</exception>
    public static MemoryFile Create(ReadOnlySpan<byte> bytes)
    {
        var descriptor = CreateInMemory("photo", CloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException("The system gives no file in memory.");
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.Write(handle, bytes, fileOffset: 0);
        return new MemoryFile(handle);
    }

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CreateInMemory(string name, uint flags);
}
