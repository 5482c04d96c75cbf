using System.Buffers.Binary;

namespace GeoTagService.Core.Photos.Containers;

/// <summary>Walks the chunks of a PNG file by their headers. A chunk that claims more than the file holds ends the walk;
/// nothing is copied and nothing inflated.</summary>
internal ref struct PngChunks
{
    /// <summary>Chunks that are walked: 128 MB of pixels in the usual pieces. Whatever follows is not looked at.</summary>
    public const int MostChunks = 16_384;

    private const int LengthBytes = 4;
    private const int HeaderBytes = 8;
    private const int ChecksumBytes = 4;

    private readonly ReadOnlySpan<byte> _file;
    private int _next;
    private int _chunks;

    /// <summary>Begins behind the signature; a file without one has no chunks.</summary>
    public PngChunks(ReadOnlySpan<byte> file)
    {
        _file = file;
        _next = file.StartsWith(Signature) ? Signature.Length : file.Length;
    }

    /// <summary>The bytes that every PNG file begins with.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Four letters.</summary>
    public ReadOnlySpan<byte> Type { get; private set; }

    /// <summary>What the chunk holds.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Goes to the next chunk.</summary>
    /// <returns>Whether there is a whole one.</returns>
    public bool MoveNext()
    {
        var rest = _file[_next..];
        if (_chunks++ == MostChunks || rest.Length < HeaderBytes + ChecksumBytes)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > rest.Length - HeaderBytes - ChecksumBytes)
        {
            return false;
        }

        Type = rest[LengthBytes..HeaderBytes];
        Body = rest.Slice(HeaderBytes, (int)length);
        _next += HeaderBytes + (int)length + ChecksumBytes;
        return true;
    }
}
