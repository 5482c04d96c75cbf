using System.Buffers;
using System.IO.Compression;

namespace GeoTagService.Models.Archives.Zip;

/// <summary>
/// The bytes of a zip entry. The checksum is verified before the first byte is given away, once.
/// </summary>
internal sealed class ZipStorage(WeightsFile file, ZipEntry entry) : StoredBytes
{
    private const int ChunkBytes = 1 << 18;
    private readonly Lock _gate = new();
    private bool _verified;

    public override long Length => entry.Length;

    public override void Read(long offset, Span<byte> destination)
    {
        Verify();
        if (!entry.IsDeflated)
        {
            file.ReadExactly(entry.DataOffset + offset, destination);
            return;
        }

        using var inflated = Inflate();
        Skip(inflated, offset);
        ReadFully(inflated, destination);
    }

    private void Verify()
    {
        lock (_gate)
        {
            if (_verified)
            {
                return;
            }

            var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
            try
            {
                using Stream content = entry.IsDeflated ? Inflate() : new WeightsFileStream(file, entry.DataOffset, entry.Length);
                var crc = 0u;
                for (long position = 0; position < entry.Length; )
                {
                    var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.Length - position));
                    ReadFully(content, part);
                    crc = Crc32.Append(crc, part);
                    position += part.Length;
                }

                if (crc != entry.Crc32)
                {
                    throw file.Fail($"the zip entry '{entry.Name}' is damaged (checksum)");
                }

                CheckEnd(content);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            _verified = true;
        }
    }

    private void CheckEnd(Stream content)
    {
        try
        {
            if (content.ReadByte() < 0)
            {
                return;
            }
        }
        catch (InvalidDataException)
        {
            // More packed bytes follow, damaged ones: the same fault.
        }

        throw file.Fail($"the zip entry '{entry.Name}' unpacks to more than the {entry.Length} bytes it claims");
    }

    private DeflateStream Inflate() => new(new WeightsFileStream(file, entry.DataOffset, entry.PackedLength), CompressionMode.Decompress);

    private void Skip(Stream stream, long count)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            while (count > 0)
            {
                var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, count));
                ReadFully(stream, part);
                count -= part.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ReadFully(Stream stream, Span<byte> destination)
    {
        try
        {
            stream.ReadExactly(destination);
        }
        catch (Exception exception) when (exception is EndOfStreamException or InvalidDataException)
        {
            throw file.Fail($"the zip entry '{entry.Name}' unpacks to less than the {entry.Length} bytes it claims");
        }
    }
}
