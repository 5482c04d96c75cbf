using System.Buffers.Binary;

namespace GeoTagService.Core.Photos.Containers;

/// <summary>Walks the chunks of a WebP file by their headers. A chunk that claims more than the file holds ends the walk;
/// nothing is copied.</summary>
internal ref struct WebPChunks
{
    /// <summary>Chunks that are walked: an animation of as many frames. Whatever follows is not looked at.</summary>
    public const int MostChunks = 16_384;

    private const int RiffHeaderBytes = 8;
    private const int FormBytes = 4;
    private const int TypeBytes = 4;
    private const int HeaderBytes = 8;

    private ReadOnlySpan<byte> _rest;
    private int _chunks;

    /// <summary>Begins behind the header; a file without one has no chunks.</summary>
    public WebPChunks(ReadOnlySpan<byte> file)
    {
        if (IsWebP(file))
        {
            var claimed = BinaryPrimitives.ReadUInt32LittleEndian(file[TypeBytes..]);
            var length = (int)Math.Min((uint)file.Length, (ulong)claimed + RiffHeaderBytes);
            _rest = file[Math.Min(RiffHeaderBytes + FormBytes, length)..length];
        }
    }

    /// <summary>Four letters.</summary>
    public ReadOnlySpan<byte> Type { get; private set; }

    /// <summary>What the chunk holds.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Whether a file begins as WebP files do.</summary>
    public static bool IsWebP(ReadOnlySpan<byte> file) =>
        file.Length >= RiffHeaderBytes + FormBytes && file.StartsWith("RIFF"u8) && file[RiffHeaderBytes..].StartsWith("WEBP"u8);

    /// <summary>Goes to the next chunk.</summary>
    /// <returns>Whether there is a whole one.</returns>
    public bool MoveNext()
    {
        if (_chunks++ == MostChunks || _rest.Length < HeaderBytes)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(_rest[TypeBytes..]);
        if (length > _rest.Length - HeaderBytes)
        {
            return false;
        }

        Type = _rest[..TypeBytes];
        Body = _rest.Slice(HeaderBytes, (int)length);
        var end = HeaderBytes + (int)length;

        // An odd body is followed by one byte more, which the last one may lack.
        _rest = _rest[Math.Min(end + (end & 1), _rest.Length)..];
        return true;
    }
}
