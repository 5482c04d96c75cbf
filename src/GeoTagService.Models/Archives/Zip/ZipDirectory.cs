using System.Buffers.Binary;
using System.Text;

namespace GeoTagService.Models.Archives.Zip;

/// <summary>
/// The directory of a zip archive (APPNOTE.TXT 6.3.10, zip64 included). Every size and offset in it is held against the
/// file: entries lie inside it, agree with their local headers, and do not overlap; names cannot leave a folder.
/// </summary>
internal static class ZipDirectory
{
    private const int EntryHeaderBytes = 46;
    private const uint EntrySignature = 0x02014B50;
    private const ushort Encrypted = 0x0001,
        Patched = 0x0020,
        StrongEncryption = 0x0040,
        HiddenHeaders = 0x2000;
    private const ushort Stored = 0,
        Deflated = 8;
    private const ushort Zip64Tag = 0x0001;

    /// <summary>Reads and checks the directory.</summary>
    public static IReadOnlyDictionary<string, ZipEntry> Read(WeightsFile file)
    {
        var (count, length, offset) = ZipEnd.Find(file);
        if (count > ZipLimits.Entries || length > ZipLimits.DirectoryBytes)
        {
            throw file.Fail($"the zip directory claims {count} entries in {length} bytes, more than is read");
        }

        if (count * EntryHeaderBytes > length)
        {
            throw file.Fail($"the zip directory claims {count} entries in {length} bytes");
        }

        var directory = new byte[length];
        file.ReadExactly(offset, directory);
        var entries = new Dictionary<string, ZipEntry>(StringComparer.Ordinal);
        var extents = new List<(long Begin, long End, string Name)>();
        var rest = directory.AsSpan();
        for (var i = 0; i < count; i++)
        {
            var listed = ReadListed(file, ref rest);
            var local = ZipLocalHeader.Check(file, listed, offset);
            var entry = new ZipEntry(listed.Name, listed.Method == Deflated, listed.Crc32, listed.PackedLength, listed.Length, local.Data);
            if (!entries.TryAdd(entry.Name, entry))
            {
                throw file.Fail($"the zip holds '{entry.Name}' twice");
            }

            extents.Add((listed.HeaderOffset, local.End, entry.Name));
        }

        CheckOverlap(file, extents);
        CheckInflation(file, entries.Values);
        return entries;
    }

    private static ListedEntry ReadListed(WeightsFile file, ref Span<byte> rest)
    {
        if (rest.Length < EntryHeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(rest) != EntrySignature)
        {
            throw file.Fail("the zip directory is damaged");
        }

        var flags = Short(rest, 8);
        int nameLength = Short(rest, 28),
            extraLength = Short(rest, 30),
            commentLength = Short(rest, 32);
        var total = EntryHeaderBytes + nameLength + extraLength + commentLength;
        if (total > rest.Length)
        {
            throw file.Fail("the zip directory is cut short");
        }

        var name = CheckedName(file, rest.Slice(EntryHeaderBytes, nameLength));
        if ((flags & (Encrypted | Patched | StrongEncryption | HiddenHeaders)) != 0)
        {
            throw file.Fail($"the zip entry '{name}' is encrypted or patched");
        }

        var method = Short(rest, 10);
        if (method is not (Stored or Deflated))
        {
            throw file.Fail($"the zip entry '{name}' is packed by method {method}; only stored and deflated are read");
        }

        var entry = Widen(
            file,
            new ListedEntry(name, flags, method, Int(rest, 16), Int(rest, 20), Int(rest, 24), Int(rest, 42)),
            rest.Slice(EntryHeaderBytes + nameLength, extraLength)
        );
        if (method == Stored && entry.PackedLength != entry.Length)
        {
            throw file.Fail($"the stored zip entry '{name}' claims {entry.Length} bytes in {entry.PackedLength}");
        }

        rest = rest[total..];
        return entry;
    }

    /// <summary>Replaces the 32-bit fields that are full by the zip64 extra field's, in its fixed order.</summary>
    private static ListedEntry Widen(WeightsFile file, ListedEntry entry, ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int tag = Short(extra, 0),
                length = Short(extra, 2);
            if (length > extra.Length - 4)
            {
                break;
            }

            var field = extra.Slice(4, length);
            extra = extra[(4 + length)..];
            if (tag != Zip64Tag)
            {
                continue;
            }

            entry = entry with { Length = Wide(file, entry.Length, ref field) };
            entry = entry with { PackedLength = Wide(file, entry.PackedLength, ref field) };
            return entry with { HeaderOffset = Wide(file, entry.HeaderOffset, ref field) };
        }

        return entry;
    }

    private static long Wide(WeightsFile file, long narrow, ref ReadOnlySpan<byte> field)
    {
        if (narrow != uint.MaxValue)
        {
            return narrow;
        }

        var wide = field.Length < 8 ? -1 : BinaryPrimitives.ReadInt64LittleEndian(field);
        if (wide < 0)
        {
            throw file.Fail("the zip directory is damaged (zip64 field)");
        }

        field = field[8..];
        return wide;
    }

    private static string CheckedName(WeightsFile file, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes.Length > ZipLimits.NameBytes)
        {
            throw file.Fail($"the zip holds an entry with a name of {bytes.Length} bytes");
        }

        // Nothing is ever unpacked to disk, but whoever sends such a name means harm.
        var name = Encoding.UTF8.GetString(bytes);
        var unsafeName =
            name.Any(c => char.IsControl(c) || c is '\\' or ':' or '\uFFFD')
            || name[0] == '/'
            || name.Split('/').Any(part => part is ".." or ".");
        return unsafeName ? throw file.Fail($"the zip holds an entry with the unsafe name '{Printable(name)}'") : name;
    }

    private static string Printable(string name) => new([.. name.Take(100).Select(c => char.IsControl(c) ? '?' : c)]);

    private static void CheckOverlap(WeightsFile file, List<(long Begin, long End, string Name)> extents)
    {
        extents.Sort();
        for (var i = 1; i < extents.Count; i++)
        {
            if (extents[i].Begin < extents[i - 1].End)
            {
                throw file.Fail($"the zip entries '{extents[i - 1].Name}' and '{extents[i].Name}' overlap");
            }
        }
    }

    private static void CheckInflation(WeightsFile file, IEnumerable<ZipEntry> entries)
    {
        long total = 0;
        foreach (var entry in entries.Where(entry => entry.IsDeflated))
        {
            // Division, not multiplication: a claimed length may be anything up to 2^63.
            if (entry.Length > ZipLimits.RatioFreeBytes && entry.Length / ZipLimits.Ratio > entry.PackedLength)
            {
                throw file.Fail($"the zip entry '{entry.Name}' claims {entry.Length} bytes in {entry.PackedLength}");
            }

            if (entry.Length > ZipLimits.InflatedBytes - total)
            {
                throw file.Fail($"the zip claims to unpack to more than {ZipLimits.InflatedBytes} bytes");
            }

            total += entry.Length;
        }
    }

    private static ushort Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint Int(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}

/// <summary>An entry as the central directory lists it.</summary>
internal sealed record ListedEntry(string Name, ushort Flags, ushort Method, uint Crc32, long PackedLength, long Length, long HeaderOffset);
