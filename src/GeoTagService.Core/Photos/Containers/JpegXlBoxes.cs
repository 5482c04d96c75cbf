using System.Buffers;
using System.IO.Compression;

namespace GeoTagService.Core.Photos.Containers;

/// <summary>The metadata boxes of a JPEG XL file, plain or packed by Brotli (<c>brob</c>). Of each kind the first counts, and no other is
/// unpacked; what unpacks to more than photos have counts as missing.</summary>
internal readonly ref struct JpegXlBoxes
{
    /// <summary>Bytes of a packed box, and of what it unpacks to; photos have some kilobytes.</summary>
    public const int MostUnpacked = 256 << 10;

    private const int FirstGuess = 4 << 10;
    private const int TypeBytes = 4;

    /// <summary>Looks through the boxes.</summary>
    public JpegXlBoxes(ReadOnlySpan<byte> file)
    {
        var (hasExif, hasXmp) = (false, false);
        for (var walk = new IsoBoxes(file); walk.MoveNext() && !(hasExif && hasXmp); )
        {
            var isPacked = walk.Type.SequenceEqual("brob"u8) && walk.Body.Length > TypeBytes;
            var type = isPacked ? walk.Body[..TypeBytes] : walk.Type;
            if (!hasExif && type.SequenceEqual("Exif"u8))
            {
                hasExif = true;
                Exif = isPacked ? Unpack(walk.Body[TypeBytes..]) : walk.Body;
            }
            else if (!hasXmp && type.SequenceEqual("xml "u8))
            {
                hasXmp = true;
                Xmp = isPacked ? Unpack(walk.Body[TypeBytes..]) : walk.Body;
            }
        }
    }

    /// <summary>The EXIF block behind four bytes of offset; empty where there is none.</summary>
    public ReadOnlySpan<byte> Exif { get; }

    /// <summary>The XMP packet; empty where there is none.</summary>
    public ReadOnlySpan<byte> Xmp { get; }

    private static ReadOnlySpan<byte> Unpack(ReadOnlySpan<byte> packed)
    {
        if (packed.Length > MostUnpacked)
        {
            return [];
        }

        var brotli = new BrotliDecoder();
        try
        {
            var (unpacked, length) = (new byte[FirstGuess], 0);
            while (true)
            {
                var status = brotli.Decompress(packed, unpacked.AsSpan(length), out var consumed, out var written);
                packed = packed[consumed..];
                length += written;
                if (status != OperationStatus.DestinationTooSmall)
                {
                    return status == OperationStatus.Done ? unpacked.AsSpan(0, length) : [];
                }

                if (unpacked.Length == MostUnpacked)
                {
                    return [];
                }

                Array.Resize(ref unpacked, Math.Min(unpacked.Length * 4, MostUnpacked));
            }
        }
        finally
        {
            brotli.Dispose();
        }
    }
}
