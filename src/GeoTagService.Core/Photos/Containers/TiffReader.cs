using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace GeoTagService.Core.Photos.Containers;

/// <summary>An entry of a directory: a tag and where its values lie.</summary>
/// <param name="Type">How the values are stored.</param>
/// <param name="Count">How many the entry claims.</param>
/// <param name="At">Where the four bytes for values or their offset lie.</param>
internal readonly record struct TiffEntry(TiffType Type, uint Count, int At);

/// <summary>How values are stored: those of TIFF that are read here.</summary>
internal enum TiffType : ushort
{
    Byte = 1,
    Ascii = 2,
    Short = 3,
    Long = 4,
    Rational = 5,
    SignedRational = 10,
    Directory = 13,
}

/// <summary>
/// Finds single entries in an EXIF block, which is a TIFF structure. Made for bytes of strangers: nothing is copied, no
/// offset is followed but those that are asked for, and what lies outside the block, or on top of something that was
/// read before, counts as missing.
/// </summary>
internal ref struct TiffReader
{
    private const int HeaderBytes = 8;
    private const int EntryBytes = 12;
    private const int CountBytes = 2;
    private const int InlineBytes = 4;
    private const ushort MagicNumber = 42;

    // Olympus' and Panasonic's raw files are TIFF by another number.
    private const ushort OlympusNumber = 0x4F52;
    private const ushort OlympusOtherNumber = 0x5352;
    private const ushort PanasonicNumber = 0x0055;

    private readonly ReadOnlySpan<byte> _block;
    private readonly bool _isBigEndian;
    private ClaimedRanges _claimed;

    private TiffReader(ReadOnlySpan<byte> block, bool isBigEndian)
    {
        _block = block;
        _isBigEndian = isBigEndian;
        _claimed.Add(0, HeaderBytes);
    }

    /// <summary>Opens a block.</summary>
    /// <param name="block">Its bytes, with or without the preamble that JPEG prescribes.</param>
    /// <param name="reader">Receives the reader.</param>
    /// <returns>Whether it begins as TIFF does.</returns>
    public static bool TryOpen(ReadOnlySpan<byte> block, out TiffReader reader)
    {
        // "Exif", a zero, and a byte that should be zero.
        if (block.StartsWith("Exif\0"u8) && block.Length > 6)
        {
            block = block[6..];
        }

        var isBigEndian = block.StartsWith("MM"u8);
        reader = default;
        if (block.Length < HeaderBytes || (!isBigEndian && !block.StartsWith("II"u8)))
        {
            return false;
        }

        reader = new TiffReader(block, isBigEndian);
        return reader.Short(2) is MagicNumber or OlympusNumber or OlympusOtherNumber or PanasonicNumber;
    }

    /// <summary>The first directory, or null where there is none.</summary>
    public TiffDirectory? OpenRoot() => OpenDirectory(Long(4));

    /// <summary>The directory that an entry points to, or null where there is none.</summary>
    public TiffDirectory? OpenDirectory(TiffEntry pointer) =>
        pointer is { Type: TiffType.Long or TiffType.Directory, Count: 1 } ? OpenDirectory(Long(pointer.At)) : null;

    /// <summary>Finds an entry, the first of its tag.</summary>
    /// <returns>Whether the directory has it.</returns>
    public readonly bool TryFind(TiffDirectory? directory, ushort tag, out TiffEntry entry)
    {
        var (first, count) = directory ?? default;
        for (var at = first; at < first + (count * EntryBytes); at += EntryBytes)
        {
            if (Short(at) == tag)
            {
                entry = new TiffEntry((TiffType)Short(at + 2), Long(at + 4), at + 8);
                return true;
            }
        }

        entry = default;
        return false;
    }

    /// <summary>The bytes of an entry's values.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="valueBytes">Bytes of one value.</param>
    /// <param name="mostValues">Values that are wanted; what the entry claims beyond them is not looked at.</param>
    /// <returns>The bytes; empty where there are none, or none that may be read.</returns>
    public ReadOnlySpan<byte> Read(TiffEntry entry, int valueBytes, int mostValues)
    {
        var claimed = (ulong)entry.Count * (uint)valueBytes;
        var wanted = (int)Math.Min(claimed, (ulong)mostValues * (uint)valueBytes);
        if (claimed <= InlineBytes)
        {
            return _block.Slice(entry.At, wanted);
        }

        var at = Long(entry.At);
        return claimed <= (ulong)_block.Length && at <= _block.Length - (long)claimed && _claimed.Add((int)at, (int)claimed)
            ? _block.Slice((int)at, wanted)
            : [];
    }

    /// <summary>The first value of an entry as a number, where it has one value that lies in the entry itself; otherwise null.</summary>
    public readonly uint? Number(TiffEntry entry) =>
        entry switch
        {
            { Type: TiffType.Byte, Count: 1 } => _block[entry.At],
            { Type: TiffType.Short, Count: 1 } => Short(entry.At),
            { Type: TiffType.Long, Count: 1 } => Long(entry.At),
            _ => null,
        };

    /// <summary>Two bytes as a number; the caller knows that they lie in the block.</summary>
    public readonly ushort Short(int at) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(_block[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(_block[at..]);

    /// <summary>Four bytes of a value as a number, in the block's order.</summary>
    public readonly uint Long(ReadOnlySpan<byte> value) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(value) : BinaryPrimitives.ReadUInt32LittleEndian(value);

    private readonly uint Long(int at) => Long(_block[at..]);

    private TiffDirectory? OpenDirectory(uint at)
    {
        if (at > _block.Length - CountBytes)
        {
            return null;
        }

        // A directory that the block does not hold whole is read as far as it goes.
        var entries = Math.Min(Short((int)at), (_block.Length - (int)at - CountBytes) / EntryBytes);
        return _claimed.Add((int)at, CountBytes + (entries * EntryBytes)) ? new TiffDirectory((int)at + CountBytes, entries) : null;
    }

    /// <summary>The parts of the block that were read, none of them twice.</summary>
    private struct ClaimedRanges
    {
        private const int Most = 8;

        private Ranges _ranges;
        private int _count;

        /// <summary>Adds a range, unless it lies on another or there are too many.</summary>
        public bool Add(int start, int length)
        {
            for (var i = 0; i < _count; i++)
            {
                var (other, end) = _ranges[i];
                if (start < end && other < start + length)
                {
                    return false;
                }
            }

            if (_count == Most)
            {
                return false;
            }

            _ranges[_count++] = (start, start + length);
            return true;
        }

        [InlineArray(Most)]
        private struct Ranges
        {
            private (int Start, int End) _first;
        }
    }
}

/// <summary>A directory whose entries lie inside the block.</summary>
/// <param name="At">Where the first entry lies.</param>
/// <param name="Entries">How many there are.</param>
internal readonly record struct TiffDirectory(int At, int Entries);
