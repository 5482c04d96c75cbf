using Microsoft.Win32.SafeHandles;

namespace GeoTagService.Models.Archives;

/// <summary>
/// A weights file opened for reading at any offset. Plain positioned reads rather than a memory map: a file that is
/// cut short while it is mapped ends the process, a short read ends in an exception.
/// </summary>
internal sealed class WeightsFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    public WeightsFile(string path)
    {
        FilePath = path;
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.None);
        Length = RandomAccess.GetLength(_handle);
    }

    public string FilePath { get; }

    /// <summary>Bytes in the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Fills the whole destination from an offset.</summary>
    public void ReadExactly(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw Fail($"bytes {offset} to {offset + destination.Length} lie outside the file ({Length} bytes)");
        }

        while (!destination.IsEmpty)
        {
            var read = RandomAccess.Read(_handle, destination, offset);
            if (read == 0)
            {
                throw Fail("the file became shorter while it was read");
            }

            destination = destination[read..];
            offset += read;
        }
    }

    /// <summary>An exception that names this file.</summary>
    public WeightsFormatException Fail(string cause) => new(FilePath, cause);

    public void Dispose() => _handle.Dispose();
}
