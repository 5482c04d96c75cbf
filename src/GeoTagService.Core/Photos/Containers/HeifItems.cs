using System.Buffers.Binary;

namespace GeoTagService.Core.Photos.Containers;

/// <summary>Finds metadata items of a HEIF or AVIF file: those that lie in one piece in the file or in its box of small items. Nothing is
/// copied.</summary>
internal static class HeifItems
{
    /// <summary>Items that are looked at: a large photo has a tile in each of some hundred.</summary>
    public const int MostItems = 4096;

    private const int VersionBytes = 4;

    /// <summary>The bytes of the first item of a type; empty where there is none.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="type">Four letters: <c>Exif</c>, or <c>mime</c> with a content type.</param>
    /// <param name="contentType">What a <c>mime</c> item has to name; empty for others.</param>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> contentType)
    {
        var meta = IsoBoxes.Find(file, "meta"u8);
        if (meta.Length < VersionBytes)
        {
            return [];
        }

        var boxes = meta[VersionBytes..];
        return Id(IsoBoxes.Find(boxes, "iinf"u8), type, contentType) is { } id
            ? Bytes(file, IsoBoxes.Find(boxes, "idat"u8), IsoBoxes.Find(boxes, "iloc"u8), id)
            : [];
    }

    private static uint? Id(ReadOnlySpan<byte> information, ReadOnlySpan<byte> type, ReadOnlySpan<byte> contentType)
    {
        if (information.Length < VersionBytes + 4)
        {
            return null;
        }

        var entries = information[(VersionBytes + (information[0] == 0 ? 2 : 4))..];
        for (var walk = new IsoBoxes(entries); walk.MoveNext(); )
        {
            var body = walk.Body;
            if (!walk.Type.SequenceEqual("infe"u8) || body.Length < VersionBytes || body[0] is not (2 or 3))
            {
                continue;
            }

            var idBytes = body[0] == 2 ? 2 : 4;
            var rest = body[VersionBytes..];
            if (rest.Length >= idBytes + 6 && rest[(idBytes + 2)..].StartsWith(type) && rest[(idBytes + 6)..].IndexOf(contentType) >= 0)
            {
                return (uint)Number(rest, idBytes);
            }
        }

        return null;
    }

    private static ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> file, ReadOnlySpan<byte> small, ReadOnlySpan<byte> locations, uint id)
    {
        if (locations.Length < VersionBytes + 4 || locations[0] > 2)
        {
            return [];
        }

        var version = locations[0];
        var (offsetBytes, lengthBytes) = (locations[4] >> 4, locations[4] & 15);
        var (baseBytes, indexBytes) = (locations[5] >> 4, version == 0 ? 0 : locations[5] & 15);
        var idBytes = version < 2 ? 2 : 4;
        var methodBytes = version == 0 ? 0 : 2;
        var extent = indexBytes + offsetBytes + lengthBytes;
        var head = idBytes + methodBytes + 2 + baseBytes + 2;
        var rest = locations[Math.Min(6 + idBytes, locations.Length)..];
        for (var i = 0; i < MostItems && rest.Length >= head; i++)
        {
            var extents = (int)Number(rest[(head - 2)..], 2);
            var length = head + ((long)extents * extent);
            if (length > rest.Length)
            {
                break;
            }

            if (Number(rest, idBytes) != id)
            {
                rest = rest[(int)length..];
                continue;
            }

            var method = methodBytes == 0 ? 0 : Number(rest[idBytes..], 2) & 15;
            if (method > 1 || extents != 1)
            {
                break;
            }

            var source = method == 0 ? file : small;

            var start = Number(rest[(idBytes + methodBytes + 2)..], baseBytes) + Number(rest[(head + indexBytes)..], offsetBytes);
            var count = Number(rest[(head + indexBytes + offsetBytes)..], lengthBytes);
            return start <= (ulong)source.Length && count <= (ulong)source.Length - start ? source.Slice((int)start, (int)count) : [];
        }

        return [];
    }

    // Fields have 0, 2, 4 or 8 bytes; what has others counts as 0.
    private static ulong Number(ReadOnlySpan<byte> at, int bytes) =>
        at.Length < bytes
            ? 0
            : bytes switch
            {
                2 => BinaryPrimitives.ReadUInt16BigEndian(at),
                4 => BinaryPrimitives.ReadUInt32BigEndian(at),
                8 => BinaryPrimitives.ReadUInt64BigEndian(at),
                _ => 0,
            };
}
