using System.IO.Compression;
using System.Text;

namespace GeoTagService.Testing.Archives;

/// <summary>
/// Writes zip archives byte by byte, so that each field can be made to lie. What is not set is honest. Data starts at
/// multiples of 64 and is followed by a descriptor, as PyTorch writes it.
/// </summary>
public sealed class ZipBuilder
{
    private readonly List<byte> _archive = [];
    private readonly List<Entry> _entries = [];

    /// <summary>Whether to close the archive with zip64 records, and leave the 32-bit fields full.</summary>
    public bool IsWide { get; init; }

    public ZipBuilder Add(
        string name,
        byte[] content,
        bool deflate = false,
        uint? crc = null,
        long? length = null,
        long? packedLength = null,
        long? headerOffset = null,
        string? localName = null,
        ushort flags = 0x0808,
        ushort? method = null
    )
    {
        var packed = deflate ? Deflate(content) : content;
        var entry = new Entry(
            Encoding.UTF8.GetBytes(name),
            flags,
            method ?? (ushort)(deflate ? 8 : 0),
            crc ?? Crc32(content),
            packedLength ?? packed.Length,
            length ?? content.Length,
            headerOffset ?? _archive.Count
        );
        _entries.Add(entry);
        WriteEntry(entry, localName is null ? entry.Name : Encoding.UTF8.GetBytes(localName), packed);
        return this;
    }

    /// <summary>Lists an entry that has no bytes of its own.</summary>
    public ZipBuilder AddListing(string name, long headerOffset, long length, uint crc)
    {
        _entries.Add(new Entry(Encoding.UTF8.GetBytes(name), 0x0808, 0, crc, length, length, headerOffset));
        return this;
    }

    public byte[] ToArray()
    {
        var directory = new MemoryStream();
        using (var writer = new BinaryWriter(directory, Encoding.UTF8, true))
        {
            _entries.ForEach(entry => WriteListing(writer, entry));
        }

        using var end = new BinaryWriter(new MemoryStream());
        WriteEnd(end, _archive.Count, directory.Length);
        return [.. _archive, .. directory.ToArray(), .. ((MemoryStream)end.BaseStream).ToArray()];
    }

    /// <summary>Bit by bit after the definition, so that it shares nothing with the code that it tests.</summary>
    public static uint Crc32(ReadOnlySpan<byte> content)
    {
        var crc = uint.MaxValue;
        foreach (var value in content)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }

    private static byte[] Deflate(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var deflater = new DeflateStream(packed, CompressionLevel.Optimal, true))
        {
            deflater.Write(content);
        }

        return packed.ToArray();
    }

    private void WriteEntry(Entry entry, byte[] name, byte[] packed)
    {
        using var writer = new BinaryWriter(new MemoryStream());
        var padding = 64 - ((_archive.Count + 30 + name.Length + 4) % 64);
        var follows = (entry.Flags & 8) != 0;
        writer.Write(0x04034B50);
        writer.Write((ushort)20);
        writer.Write(entry.Flags);
        writer.Write(entry.Method);
        writer.Write(0);
        writer.Write(follows ? 0 : entry.Crc);
        writer.Write(follows ? 0 : (uint)entry.PackedLength);
        writer.Write(follows ? 0 : (uint)entry.Length);
        writer.Write((ushort)name.Length);
        writer.Write((ushort)(4 + padding));
        writer.Write(name);
        writer.Write((ushort)0x4246);
        writer.Write((ushort)padding);
        writer.Write(new byte[padding]);
        writer.Write(packed);
        if (follows)
        {
            writer.Write(0x08074B50);
            writer.Write(entry.Crc);
            writer.Write((uint)entry.PackedLength);
            writer.Write((uint)entry.Length);
        }

        _archive.AddRange(((MemoryStream)writer.BaseStream).ToArray());
    }

    private void WriteListing(BinaryWriter writer, Entry entry)
    {
        writer.Write(0x02014B50);
        writer.Write((ushort)20);
        writer.Write((ushort)20);
        writer.Write(entry.Flags);
        writer.Write(entry.Method);
        writer.Write(0);
        writer.Write(entry.Crc);
        writer.Write(IsWide ? uint.MaxValue : (uint)entry.PackedLength);
        writer.Write(IsWide ? uint.MaxValue : (uint)entry.Length);
        writer.Write((ushort)entry.Name.Length);
        writer.Write((ushort)(IsWide ? 28 : 0));
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write(0);
        writer.Write(IsWide ? uint.MaxValue : (uint)entry.HeaderOffset);
        writer.Write(entry.Name);
        if (IsWide)
        {
            writer.Write((ushort)1);
            writer.Write((ushort)24);
            writer.Write(entry.Length);
            writer.Write(entry.PackedLength);
            writer.Write(entry.HeaderOffset);
        }
    }

    private void WriteEnd(BinaryWriter writer, long offset, long length)
    {
        if (IsWide)
        {
            writer.Write(0x06064B50);
            writer.Write(44L);
            writer.Write(0x002D002D);
            writer.Write(0L);
            writer.Write((long)_entries.Count);
            writer.Write((long)_entries.Count);
            writer.Write(length);
            writer.Write(offset);
            writer.Write(0x07064B50);
            writer.Write(0);
            writer.Write(offset + length);
            writer.Write(1);
        }

        writer.Write(0x06054B50);
        writer.Write(0);
        writer.Write((ushort)_entries.Count);
        writer.Write((ushort)_entries.Count);
        writer.Write(IsWide ? uint.MaxValue : (uint)length);
        writer.Write(IsWide ? uint.MaxValue : (uint)offset);
        writer.Write((ushort)0);
    }

    private sealed record Entry(byte[] Name, ushort Flags, ushort Method, uint Crc, long PackedLength, long Length, long HeaderOffset);
}
