using System.Buffers.Binary;

namespace GeoTagService.Core.Photos.Containers;

/// <summary>Walks the boxes of an ISO container (HEIF, AVIF, JPEG 2000, JPEG XL, CR3) or of one of its boxes, by their headers. A box
/// that claims more than there is ends the walk; nothing is copied.</summary>
internal ref struct IsoBoxes(ReadOnlySpan<byte> boxes)
{
    /// <summary>Boxes that are walked: files have dozens. Whatever follows is not looked at.</summary>
    public const int MostBoxes = 4096;

    private const int HeaderBytes = 8;
    private const int LongHeaderBytes = 16;
    private const uint ToTheEnd = 0;
    private const uint HasLongLength = 1;

    private ReadOnlySpan<byte> _rest = boxes;
    private int _boxes;

    /// <summary>Four letters.</summary>
    public ReadOnlySpan<byte> Type { get; private set; }

    /// <summary>What the box holds.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Whether the walk ended at a box that claims more than there is.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Goes to the next box.</summary>
    /// <returns>Whether there is a whole one.</returns>
    public bool MoveNext()
    {
        if (_boxes++ == MostBoxes || _rest.IsEmpty)
        {
            return false;
        }

        if (_rest.Length < HeaderBytes)
        {
            IsCut = true;
            return false;
        }

        var claimed = (ulong)BinaryPrimitives.ReadUInt32BigEndian(_rest);
        var header = claimed == HasLongLength ? LongHeaderBytes : HeaderBytes;
        IsCut = _rest.Length < header;
        if (!IsCut)
        {
            claimed = claimed switch
            {
                ToTheEnd => (ulong)_rest.Length,
                HasLongLength => BinaryPrimitives.ReadUInt64BigEndian(_rest[HeaderBytes..]),
                _ => claimed,
            };
            IsCut = claimed > (ulong)_rest.Length;
        }

        if (IsCut || claimed < (ulong)header)
        {
            return false;
        }

        Type = _rest[4..HeaderBytes];
        Body = _rest[header..(int)claimed];
        _rest = _rest[(int)claimed..];
        return true;
    }

    /// <summary>The body of the first box of a type; empty where there is none.</summary>
    /// <param name="boxes">Boxes one behind the other.</param>
    /// <param name="type">Four letters.</param>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> boxes, ReadOnlySpan<byte> type)
    {
        for (var walk = new IsoBoxes(boxes); walk.MoveNext(); )
        {
            if (walk.Type.SequenceEqual(type))
            {
                return walk.Body;
            }
        }

        return [];
    }

    /// <summary>What the first <c>uuid</c> box of a kind holds; empty where there is none.</summary>
    /// <param name="boxes">Boxes one behind the other.</param>
    /// <param name="id">The sixteen bytes that name the kind.</param>
    public static ReadOnlySpan<byte> FindUuid(ReadOnlySpan<byte> boxes, ReadOnlySpan<byte> id)
    {
        for (var walk = new IsoBoxes(boxes); walk.MoveNext(); )
        {
            if (walk.Type.SequenceEqual("uuid"u8) && walk.Body.StartsWith(id))
            {
                return walk.Body[id.Length..];
            }
        }

        return [];
    }
}
