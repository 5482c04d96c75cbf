using System.Buffers.Binary;
using System.Numerics;

namespace GeoTagService.Training.Storage;

/// <summary>What a row of a store has and lacks.</summary>
[Flags]
public enum RowParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>An image embedding.</summary>
    Image = 1,

    /// <summary>A title embedding.</summary>
    Title = 2,

    /// <summary>A place on the British grid.</summary>
    Place = 4,

    /// <summary>A place outside the British grid: the place prior takes it, and no head's input.</summary>
    PlaceElsewhere = 8,

    /// <summary>There was no photo file.</summary>
    PhotoMissing = 16,

    /// <summary>There was a file, and it was no photo that can be read.</summary>
    PhotoUnreadable = 32,

    /// <summary>A later row of the same photo holds what it is now. Known when the index is read, never written.</summary>
    Replaced = 64,
}

/// <summary>One photo of a store.</summary>
/// <param name="Id">The photo's number, unique in the store.</param>
/// <param name="Parts">What its row holds; an absent embedding is all zero.</param>
/// <param name="Latitude">lat_norm, 0 without a place; of a place elsewhere on the same scale.</param>
/// <param name="Longitude">lon_norm, 0 without a place; of a place elsewhere on the same scale.</param>
public readonly record struct StoreEntry(long Id, RowParts Parts, float Latitude, float Longitude)
{
    /// <summary>Bytes of an entry in the index.</summary>
    internal const int Size = 32;

    /// <summary>Writes the entry: id, parts, place, checksum of its row, checksum of itself.</summary>
    internal void Write(Span<byte> destination, uint rowChecksum)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, Id);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], (int)Parts);
        BinaryPrimitives.WriteSingleLittleEndian(destination[12..], Latitude);
        BinaryPrimitives.WriteSingleLittleEndian(destination[16..], Longitude);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], rowChecksum);
        BinaryPrimitives.WriteInt32LittleEndian(destination[24..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], Checksum(destination[..28]));
    }

    /// <summary>Reads an entry, if it is whole.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> source, out StoreEntry entry, out uint rowChecksum)
    {
        entry = new StoreEntry(
            BinaryPrimitives.ReadInt64LittleEndian(source),
            (RowParts)BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadSingleLittleEndian(source[12..]),
            BinaryPrimitives.ReadSingleLittleEndian(source[16..])
        );
        rowChecksum = BinaryPrimitives.ReadUInt32LittleEndian(source[20..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(source[28..]) == Checksum(source[..28]);
    }

    /// <summary>CRC-32C.</summary>
    internal static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
