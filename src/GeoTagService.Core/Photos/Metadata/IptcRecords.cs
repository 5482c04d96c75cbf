using System.Buffers.Binary;

namespace GeoTagService.Core.Photos.Metadata;

/// <summary>Reads IPTC's records. One that claims more than there is ends the walk; nothing is copied.</summary>
internal static class IptcRecords
{
    private const int MostRecords = 1024;
    private const int HeaderBytes = 5;
    private const byte Marker = 0x1C;
    private const byte ApplicationRecord = 2;
    private const byte ObjectName = 5;

    /// <summary>The object name, IPTC's title; empty where there is none.</summary>
    public static ReadOnlySpan<byte> FindObjectName(ReadOnlySpan<byte> records)
    {
        for (var i = 0; i < MostRecords && records.Length >= HeaderBytes && records[0] == Marker; i++)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(records[3..]);
            if (length > records.Length - HeaderBytes)
            {
                // Longer ones say so by their highest bit, and no title is.
                break;
            }

            if (records[1] == ApplicationRecord && records[2] == ObjectName)
            {
                return records.Slice(HeaderBytes, length);
            }

            records = records[(HeaderBytes + length)..];
        }

        return [];
    }
}
