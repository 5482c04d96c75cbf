using System.Buffers;

namespace GeoTagService.Core.Photos;

/// <summary>How the bytes of a <see cref="DecodedImage"/> are to be read.</summary>
public enum PixelLayout
{
    /// <summary>4 bytes a pixel: R, G, B, unused.</summary>
    Rgbx,

    /// <summary>4 bytes a pixel: R, G, B, A, premultiplied as Pillow resizes them.</summary>
    RgbaPremultiplied,

    /// <summary>4 bytes a pixel: C, M, Y, K, 0 meaning no ink, resized as such and turned to RGB afterwards.</summary>
    Cmyk,
}

/// <summary>Pixels in a pooled buffer, row by row from the top left. Dispose returns the buffer.</summary>
public sealed class DecodedImage : IDisposable
{
    private byte[]? _buffer;

    /// <summary>Takes over a buffer of <see cref="ArrayPool{T}.Shared"/>.</summary>
    /// <param name="buffer">At least stride × height bytes, rented from the shared pool; returned on dispose.</param>
    /// <param name="width">Pixels a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="stride">Bytes a row, at least 4 × width.</param>
    /// <param name="layout">Meaning of the four bytes.</param>
    public DecodedImage(byte[] buffer, int width, int height, int stride, PixelLayout layout)
    {
        _buffer = buffer;
        Width = width;
        Height = height;
        Stride = stride;
        Layout = layout;
    }

    /// <summary>Pixels a row, after orientation.</summary>
    public int Width { get; }

    /// <summary>Rows, after orientation.</summary>
    public int Height { get; }

    /// <summary>Bytes a row.</summary>
    public int Stride { get; }

    /// <summary>Meaning of the four bytes.</summary>
    public PixelLayout Layout { get; }

    /// <summary>Stride × Height bytes.</summary>
    public ReadOnlySpan<byte> Pixels => (_buffer ?? throw new ObjectDisposedException(nameof(DecodedImage))).AsSpan(0, Stride * Height);

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
