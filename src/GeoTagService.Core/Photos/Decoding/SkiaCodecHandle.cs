using System.Buffers;
using SkiaSharp;

namespace GeoTagService.Core.Photos.Decoding;

/// <summary>A codec over pinned bytes: no copy of the upload is made.</summary>
internal sealed class SkiaCodecHandle : IDisposable
{
    private readonly SKData _data;
    private MemoryHandle _pin;

    private SkiaCodecHandle(MemoryHandle pin, SKData data, SKCodec codec)
    {
        _pin = pin;
        _data = data;
        Codec = codec;
    }

    /// <summary>The codec; native memory.</summary>
    public SKCodec Codec { get; }

    /// <summary>Opens the bytes, or returns null when no codec takes them.</summary>
    public static unsafe SkiaCodecHandle? Open(ReadOnlyMemory<byte> encoded)
    {
        var pin = encoded.Pin();
        var data = SKData.Create((nint)pin.Pointer, encoded.Length);
        var codec = SKCodec.Create(data);
        if (codec is not null)
        {
            return new SkiaCodecHandle(pin, data, codec);
        }

        data.Dispose();
        pin.Dispose();
        return null;
    }

    public void Dispose()
    {
        Codec.Dispose();
        _data.Dispose();
        _pin.Dispose();
    }
}
