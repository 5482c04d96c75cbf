using System.Buffers.Binary;

namespace GeoTagService.Testing;

/// <summary>Writes the TIFF structure of an EXIF block, in either byte order, sound or as a test wants it.</summary>
public sealed class TiffBuilder(bool isBigEndian)
{
    private const int HeaderBytes = 8;
    private const int EntryBytes = 12;
    private readonly List<(ushort Tag, ushort Type, uint Count, byte[] Value, TiffBuilder? Directory)> _entries = [];

    /// <summary>Adds a tag of one short.</summary>
    public TiffBuilder Number(ushort tag, ushort value)
    {
        var bytes = new byte[2];
        Write16(bytes, value);
        return Raw(tag, 3, 1, bytes);
    }

    /// <summary>Adds a tag of letters and a closing zero.</summary>
    public TiffBuilder Ascii(ushort tag, string value) => Text(tag, System.Text.Encoding.UTF8.GetBytes(value + "\0"));

    /// <summary>Adds a tag of letters as they are given.</summary>
    public TiffBuilder Text(ushort tag, byte[] value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Raw(tag, 2, (uint)value.Length, value);
    }

    /// <summary>Adds a tag of rationals: numerator and denominator in turn.</summary>
    public TiffBuilder Rationals(ushort tag, params ReadOnlySpan<uint> numbers)
    {
        var bytes = new byte[numbers.Length * 4];
        for (var i = 0; i < numbers.Length; i++)
        {
            Write32(bytes.AsSpan(i * 4), numbers[i]);
        }

        return Raw(tag, 5, (uint)numbers.Length / 2, bytes);
    }

    /// <summary>Adds a tag of any type and count; more than four bytes are put elsewhere and pointed to.</summary>
    public TiffBuilder Raw(ushort tag, ushort type, uint count, byte[] value)
    {
        _entries.Add((tag, type, count, value, null));
        return this;
    }

    /// <summary>Adds a tag whose value lies anywhere, or nowhere.</summary>
    public TiffBuilder Pointing(ushort tag, ushort type, uint count, uint offset)
    {
        var bytes = new byte[4];
        Write32(bytes, offset);
        return Raw(tag, type, count, bytes);
    }

    /// <summary>Adds a tag that points to another directory.</summary>
    public TiffBuilder Directory(ushort tag, TiffBuilder directory)
    {
        _entries.Add((tag, 4, 1, [], directory));
        return this;
    }

    /// <summary>Writes the block, without preamble.</summary>
    public byte[] ToArray()
    {
        var block = new List<byte>(isBigEndian ? "MM\0*"u8.ToArray() : "II*\0"u8.ToArray()) { 0, 0, 0, 0 };
        var bytes = new byte[4];
        Write32(bytes, HeaderBytes);
        Put(block, HeaderBytes - 4, bytes);
        Append(block);
        return [.. block];
    }

    private void Append(List<byte> block)
    {
        var start = block.Count;
        block.AddRange(new byte[2 + (_entries.Count * EntryBytes) + 4]);
        var field = new byte[4];
        Write16(field, (ushort)_entries.Count);
        Put(block, start, field.AsSpan(0, 2));
        for (var i = 0; i < _entries.Count; i++)
        {
            var (tag, type, count, value, directory) = _entries[i];
            var at = start + 2 + (i * EntryBytes);
            Write16(field, tag);
            Put(block, at, field.AsSpan(0, 2));
            Write16(field, type);
            Put(block, at + 2, field.AsSpan(0, 2));
            Write32(field, count);
            Put(block, at + 4, field);
            if (directory is null && value.Length <= 4)
            {
                Put(block, at + 8, value);
                continue;
            }

            Write32(field, (uint)block.Count);
            Put(block, at + 8, field);
            if (directory is null)
            {
                block.AddRange(value);
            }
            else
            {
                directory.Append(block);
            }
        }
    }

    private static void Put(List<byte> block, int at, ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            block[at + i] = bytes[i];
        }
    }

    private void Write16(Span<byte> target, ushort value)
    {
        if (isBigEndian)
        {
            BinaryPrimitives.WriteUInt16BigEndian(target, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target, value);
        }
    }

    private void Write32(Span<byte> target, uint value)
    {
        if (isBigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(target, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(target, value);
        }
    }
}
