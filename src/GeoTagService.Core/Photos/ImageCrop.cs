namespace GeoTagService.Core.Photos;

/// <summary>The square of pixels that an encoder sees, in a pooled buffer. Dispose returns the buffer.</summary>
public sealed class ImageCrop : IDisposable
{
    private readonly CropPool _pool;
    private byte[]? _buffer;

    internal ImageCrop(CropPool pool)
    {
        _pool = pool;
        _buffer = pool.Rent();
    }

    /// <summary>Pixels a side.</summary>
    public int Size => _pool.Size;

    /// <summary>Size × size × 3 bytes: interleaved R, G, B, row by row from the top left.</summary>
    public ReadOnlyMemory<byte> Pixels => Buffer;

    internal Span<byte> Target => Buffer;

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(ImageCrop));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            _pool.Return(buffer);
        }
    }

    /// <summary>A crop with the same pixels, to be disposed by itself.</summary>
    internal ImageCrop Copy()
    {
        var copy = new ImageCrop(_pool);
        Pixels.Span.CopyTo(copy.Target);
        return copy;
    }
}
