using System.Buffers;

namespace GeoTagService.Api.Uploads;

/// <summary>The bytes of one upload in a pooled array that grows as they come. Not safe for several threads.</summary>
internal sealed class UploadBuffer : IDisposable
{
    private const int FirstSize = 64 * 1024;

    private readonly long _limit;
    private byte[]? _array;

    /// <param name="limit">Most bytes that are taken.</param>
    /// <param name="expected">How many are expected, or 0 when that is not known.</param>
    public UploadBuffer(long limit, long expected = 0)
    {
        _limit = limit;
        // One byte over the limit is read, so that passing it is noticed.
        _array = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(expected, FirstSize, limit + 1));
    }

    /// <summary>How many bytes were received.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Memory => Array.AsMemory(0, Length);

    private byte[] Array => _array ?? throw new ObjectDisposedException(nameof(UploadBuffer));

    /// <summary>Reads a stream to its end.</summary>
    /// <returns>False when it holds more than the limit; the rest stays unread.</returns>
    public async ValueTask<bool> FillAsync(Stream source, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Length == Array.Length)
            {
                Grow();
            }

            var read = await source.ReadAsync(Array.AsMemory(Length), cancellationToken);
            if (read == 0)
            {
                return true;
            }

            Length += read;
            if (Length > _limit)
            {
                return false;
            }
        }
    }

    /// <summary>Gives the bytes up without returning them to the pool, for when somebody may still be reading them.</summary>
    public void Abandon() => _array = null;

    /// <inheritdoc/>
    public void Dispose()
    {
        var array = _array;
        _array = null;
        if (array is not null)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * Array.Length, Array.Length + _limit + 1));
        Array.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(Array);
        _array = larger;
    }
}
