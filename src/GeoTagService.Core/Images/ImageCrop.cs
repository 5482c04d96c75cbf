using System.Buffers;

namespace GeoTagService.Core.Images;

/// <summary>The square of pixels that an encoder sees, in a pooled buffer. Dispose returns the buffer.</summary>
public sealed class ImageCrop : IDisposable
{
    private byte[]? _buffer;

    internal ImageCrop(int size)
    {
        Size = size;
        _buffer = ArrayPool<byte>.Shared.Rent(size * size * 3);
    }

    /// <summary>Pixels a side.</summary>
    public int Size { get; }

    /// <summary>Size × size × 3 bytes: interleaved R, G, B, row by row from the top left.</summary>
    public ReadOnlyMemory<byte> Pixels => Buffer.AsMemory(0, Size * Size * 3);

    internal Span<byte> Target => Buffer.AsSpan(0, Size * Size * 3);

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(ImageCrop));

    /// <inheritdoc/>
    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = null;
        if (buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
