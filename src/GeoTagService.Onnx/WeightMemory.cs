using System.Runtime.InteropServices;
using GeoTagService.Core;
using Microsoft.Win32.SafeHandles;

namespace GeoTagService.Onnx;

/// <summary>
/// Memory of this process alone for a stretch of a weights file, so that whatever happens to the file has no effect on runs. What
/// turns out not to be read any more can be handed back (<see cref="LetGo"/>).
/// </summary>
internal sealed partial class WeightMemory : IDisposable
{
    private const int ReadOnly = 1,
        ReadWrite = 3,
        NoAccess = 0;
    private const int Private = 2,
        Fixed = 0x10,
        Anonymous = 0x20;
    private const int DoNotNeed = 4;
    private const int Alignment = 64;

    private readonly long _size;
    private readonly long _fileOffset;
    private nint _address;

    private WeightMemory(nint address, long size, long offset, long length)
    {
        _address = address;
        _size = size;
        _fileOffset = offset - (OperatingSystem.IsLinux() ? offset % Environment.SystemPageSize : 0);
        FileOffset = offset;
        Length = length;
    }

    /// <summary>Where the stretch begins in its file.</summary>
    public long FileOffset { get; }

    /// <summary>Its length, bytes.</summary>
    public long Length { get; }

    /// <summary>Where it lies in memory.</summary>
    public nint Address => _address + (nint)(FileOffset - _fileOffset);

    /// <summary>The first page: what lists of a process's memory know it by.</summary>
    public nint Start => _address;

    /// <summary>Takes memory for a stretch of a file, at the same place of a page as there, and a page of nothing behind it, so
    /// that the system counts its uses apart from those of others.</summary>
    /// <exception cref="BundleException">There is none.</exception>
    public static WeightMemory Take(long offset, long length)
    {
        if (!OperatingSystem.IsLinux())
        {
            unsafe
            {
                return new WeightMemory((nint)NativeMemory.AlignedAlloc((nuint)length, Alignment), length, offset, length);
            }
        }

        var page = Environment.SystemPageSize;
        var size = (((offset % page) + length + page - 1) / page * page) + page;
        var address = Map(0, (nuint)size, NoAccess, Private | Anonymous, -1, 0);
        if (address == -1 || Protect(address, (nuint)(size - page), ReadWrite) != 0)
        {
            throw new BundleException($"there is no memory for {length >> 20} MB of weights");
        }

        return new WeightMemory(address, size, offset, length);
    }

    /// <summary>Nothing writes there any more.</summary>
    public void Seal()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Protect(_address, Pages, ReadOnly);
        }
    }

    /// <summary>Has what was read of a file in its place leave memory; whoever reads it again finds the same.</summary>
    public void Forget()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Advise(_address, Pages, DoNotNeed);
        }
    }

    /// <summary>Whether something of a file in its place was read since it was forgotten.</summary>
    public bool WasRead() => !OperatingSystem.IsLinux() || MemoryPages.HasPageOf(_address, (long)Pages);

    /// <summary>Puts memory in the place of the file, for a copy of it.</summary>
    /// <exception cref="BundleException">There is none.</exception>
    public void TakeBack()
    {
        if (Map(_address, Pages, ReadWrite, Private | Fixed | Anonymous, -1, 0) != _address)
        {
            throw new BundleException($"there is no memory for {Length >> 20} MB of weights");
        }
    }

    /// <summary>Puts the file itself in the place of the copy, which needs no memory as long as nobody reads it; somebody who
    /// does after all reads the same.</summary>
    /// <returns>Whether it was done.</returns>
    public bool LetGo(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        return Map(_address, Pages, ReadOnly, Private | Fixed, (int)file.DangerousGetHandle(), _fileOffset) == _address;
    }

    /// <summary>Its pages on Linux, bytes: all but the one of nothing behind it.</summary>
    private nuint Pages => (nuint)(_size - Environment.SystemPageSize);

    public void Dispose()
    {
        var address = Interlocked.Exchange(ref _address, 0);
        if (address == 0)
        {
            return;
        }

        if (OperatingSystem.IsLinux())
        {
            _ = Unmap(address, (nuint)_size);
            return;
        }

        unsafe
        {
            NativeMemory.AlignedFree((void*)address);
        }
    }

    /// <summary>A descriptor of the same file that outlives the given one; null where there is none or the system has no such
    /// call.</summary>
    public static SafeFileHandle? Keep(SafeFileHandle? file)
    {
        if (file is null || !OperatingSystem.IsLinux())
        {
            return null;
        }

        var copy = Duplicate((int)file.DangerousGetHandle());
        return copy < 0 ? null : new SafeFileHandle(copy, ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int file);
}
