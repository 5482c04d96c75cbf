using System.Buffers.Binary;

namespace GeoTagService.Models.Archives.Zip;

/// <summary>Finds the central directory from the records at the end of a zip archive.</summary>
internal static class ZipEnd
{
    private const int RecordBytes = 22,
        LocatorBytes = 20,
        WideRecordBytes = 56;
    private const int LongestComment = ushort.MaxValue;
    private const uint WideRecordSignature = 0x06064B50,
        LocatorSignature = 0x07064B50;

    private static ReadOnlySpan<byte> RecordSignature => "PK\x05\x06"u8;

    /// <summary>Number of entries, and where the directory lies.</summary>
    public static (long Count, long Length, long Offset) Find(WeightsFile file)
    {
        var tail = new byte[Math.Min(file.Length, RecordBytes + LongestComment)];
        var tailOffset = file.Length - tail.Length;
        file.ReadExactly(tailOffset, tail);
        var at = LastRecord(tail);
        if (at < 0)
        {
            throw file.Fail("the zip archive has no directory at its end; it was cut short, or is no archive");
        }

        var record = tail.AsSpan(at);
        long count = BinaryPrimitives.ReadUInt16LittleEndian(record[10..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(record[12..]);
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(record[16..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record[4..]) != 0 || BinaryPrimitives.ReadUInt16LittleEndian(record[8..]) != count)
        {
            throw file.Fail("the zip archive is split over several files");
        }

        var end = tailOffset + at;
        if (ReadWide(file, end) is { } wide)
        {
            (count, length, offset, end) = Merge(file, (count, length, offset), wide);
        }

        if (offset < 0 || length < 0 || offset > end || length > end - offset)
        {
            throw file.Fail("the zip directory lies outside the file");
        }

        return (count, length, offset);
    }

    /// <summary>The last record whose comment ends with the file, so that a comment cannot pretend to be one.</summary>
    private static int LastRecord(ReadOnlySpan<byte> tail)
    {
        for (var at = tail.Length - RecordBytes; at >= 0; at--)
        {
            if (
                tail[at..].StartsWith(RecordSignature)
                && BinaryPrimitives.ReadUInt16LittleEndian(tail[(at + 20)..]) == tail.Length - at - RecordBytes
            )
            {
                return at;
            }
        }

        return -1;
    }

    private static (long Count, long Length, long Offset, long At)? ReadWide(WeightsFile file, long recordOffset)
    {
        if (recordOffset < LocatorBytes)
        {
            return null;
        }

        Span<byte> locator = stackalloc byte[LocatorBytes];
        file.ReadExactly(recordOffset - LocatorBytes, locator);
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != LocatorSignature)
        {
            return null;
        }

        var at = BinaryPrimitives.ReadInt64LittleEndian(locator[8..]);
        if (at < 0 || at > recordOffset - LocatorBytes - WideRecordBytes)
        {
            throw file.Fail("the zip64 record lies outside the file");
        }

        Span<byte> record = stackalloc byte[WideRecordBytes];
        file.ReadExactly(at, record);
        return BinaryPrimitives.ReadUInt32LittleEndian(record) == WideRecordSignature
            ? (
                BinaryPrimitives.ReadInt64LittleEndian(record[32..]),
                BinaryPrimitives.ReadInt64LittleEndian(record[40..]),
                BinaryPrimitives.ReadInt64LittleEndian(record[48..]),
                at
            )
            : throw file.Fail("the zip64 record is damaged");
    }

    /// <summary>Takes the 64-bit fields, and refuses 32-bit ones that say something else: two readers, two archives.</summary>
    private static (long Count, long Length, long Offset, long End) Merge(
        WeightsFile file,
        (long Count, long Length, long Offset) narrow,
        (long Count, long Length, long Offset, long At) wide
    )
    {
        var agree =
            (narrow.Count == ushort.MaxValue || narrow.Count == wide.Count)
            && (narrow.Length == uint.MaxValue || narrow.Length == wide.Length)
            && (narrow.Offset == uint.MaxValue || narrow.Offset == wide.Offset);
        return agree && wide.Count >= 0 ? wide : throw file.Fail("the two records at the end of the zip archive contradict each other");
    }
}
