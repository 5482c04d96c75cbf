namespace GeoTagService.Core.Photos;

/// <summary>
/// The pixel buffers of one size of crop. A crop waits in a lane and is given back on another thread than it was taken on,
/// many at a time, which is where the shared pool of arrays runs short: what it cannot hand out is 256 KB of large
/// objects. This one never forgets a buffer that it has room for. Safe for many threads.
/// </summary>
/// <param name="size">Pixels a side.</param>
internal sealed class CropPool(int size)
{
    /// <summary>As many as stand and run in a lane under lasting load, and some that are being filled.</summary>
    public const int MostKept = 64;

    private readonly Lock _access = new();
    private readonly Stack<byte[]> _free = new(MostKept);

    /// <summary>Pixels a side.</summary>
    public int Size => size;

    /// <summary>A buffer of exactly one crop's bytes, with anything in it.</summary>
    public byte[] Rent()
    {
        lock (_access)
        {
            if (_free.TryPop(out var buffer))
            {
                return buffer;
            }
        }

        return GC.AllocateUninitializedArray<byte>(size * size * 3);
    }

    /// <summary>Takes a buffer back.</summary>
    public void Return(byte[] buffer)
    {
        lock (_access)
        {
            if (_free.Count < MostKept)
            {
                _free.Push(buffer);
            }
        }
    }
}
