using System.Buffers;

namespace GeoTagService.Models.Archives;

/// <summary>A run of bytes in a weights file that tensors are cut from: a storage.</summary>
internal abstract class StoredBytes
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Number of bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Fills the whole destination from an offset, which the caller has checked against <see cref="Length"/>.</summary>
    public abstract void Read(long offset, Span<byte> destination);

    /// <summary>Reads a run of elements as float32 through a small buffer.</summary>
    public void ReadFloat32(ElementType type, long firstElement, Span<float> destination)
    {
        var size = ElementTypes.SizeOf(type);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(ChunkBytes, (long)destination.Length * size));
        try
        {
            var elementsPerChunk = buffer.Length / size;
            while (!destination.IsEmpty)
            {
                var count = Math.Min(elementsPerChunk, destination.Length);
                var bytes = buffer.AsSpan(0, count * size);
                Read(firstElement * size, bytes);
                ElementTypes.ToFloat32(type, bytes, destination[..count]);
                destination = destination[count..];
                firstElement += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>A storage that lies in the file as it is.</summary>
internal sealed class PlainBytes(WeightsFile file, long start, long length) : StoredBytes
{
    public override long Length => length;

    public override void Read(long offset, Span<byte> destination) => file.ReadExactly(start + offset, destination);
}
