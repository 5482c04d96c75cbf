namespace GeoTagService.Api.Uploads;

/// <summary>
/// The memory of Brotli's windows. A few bytes can make a decoder keep 16 MiB of what it has unpacked, whatever becomes of it;
/// gzip's 32 KiB are not worth counting. It grows with what was unpacked and is never waited for: a body that has none is refused.
/// Safe for several threads.
/// </summary>
/// <param name="room">Bytes for all.</param>
internal sealed class WindowRoom(long room)
{
    /// <summary>The largest window that the format has.</summary>
    public const long Largest = 16 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _heldBy = new(StringComparer.Ordinal);
    private long _held;

    /// <summary>Bytes that are taken now.</summary>
    public long TakenBytes
    {
        get
        {
            lock (_lock)
            {
                return _held;
            }
        }
    }

    /// <summary>The window of a decoder that has unpacked so many bytes; it doubles as it grows.</summary>
    public static long WindowOf(long unpacked) => Math.Min(Largest, unpacked * 2);

    /// <summary>Takes memory.</summary>
    /// <param name="client">Who needs it; no client gets more than half, and each at least one largest window.</param>
    /// <param name="bytes">How much.</param>
    /// <returns>Whether there was room.</returns>
    public bool TryTake(string client, long bytes)
    {
        lock (_lock)
        {
            var own = _heldBy.GetValueOrDefault(client) + bytes;
            if (_held + bytes > room || own > Math.Max(Largest, room / 2))
            {
                return false;
            }

            _held += bytes;
            _heldBy[client] = own;
            return true;
        }
    }

    /// <summary>Gives it back.</summary>
    public void Return(string client, long bytes)
    {
        lock (_lock)
        {
            _held -= bytes;
            if ((_heldBy[client] -= bytes) == 0)
            {
                _heldBy.Remove(client);
            }
        }
    }
}
