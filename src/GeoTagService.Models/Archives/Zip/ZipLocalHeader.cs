using System.Buffers.Binary;
using System.Text;

namespace GeoTagService.Models.Archives.Zip;

/// <summary>Holds an entry's local header, and the descriptor behind its data, against the central directory.</summary>
internal static class ZipLocalHeader
{
    private const int HeaderBytes = 30;
    private const uint Signature = 0x04034B50,
        DescriptorSignature = 0x08074B50;
    private const ushort SizesFollow = 0x0008;

    /// <summary>Where the data begins, and where the entry (descriptor included) ends.</summary>
    public static (long Data, long End) Check(WeightsFile file, ListedEntry entry, long directoryOffset)
    {
        if (entry.HeaderOffset > directoryOffset - HeaderBytes)
        {
            throw Lies(file, entry, "lies outside the archive");
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        file.ReadExactly(entry.HeaderOffset, header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Signature)
        {
            throw Lies(file, entry, "has no header where the directory says");
        }

        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        var data = entry.HeaderOffset + HeaderBytes + nameLength + extraLength;
        if (data > directoryOffset || entry.PackedLength > directoryOffset - data)
        {
            throw Lies(file, entry, $"claims {entry.PackedLength} bytes, more than the archive holds");
        }

        CheckName(file, entry, nameLength);
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) != entry.Method)
        {
            throw Lies(file, entry, "is packed in two ways at once");
        }

        var end = data + entry.PackedLength;
        if ((BinaryPrimitives.ReadUInt16LittleEndian(header[6..]) & SizesFollow) != 0)
        {
            return (data, CheckDescriptor(file, entry, end, directoryOffset));
        }

        if (
            BinaryPrimitives.ReadUInt32LittleEndian(header[14..]) != entry.Crc32
            || !Agrees(BinaryPrimitives.ReadUInt32LittleEndian(header[18..]), entry.PackedLength)
            || !Agrees(BinaryPrimitives.ReadUInt32LittleEndian(header[22..]), entry.Length)
        )
        {
            throw Lies(file, entry, "has other sizes in its header than in the directory");
        }

        return (data, end);
    }

    private static bool Agrees(uint narrow, long wide) => narrow == uint.MaxValue || narrow == wide;

    private static void CheckName(WeightsFile file, ListedEntry entry, int nameLength)
    {
        var name = new byte[nameLength];
        file.ReadExactly(entry.HeaderOffset + HeaderBytes, name);
        if (!Encoding.UTF8.GetBytes(entry.Name).AsSpan().SequenceEqual(name))
        {
            throw Lies(file, entry, "has another name in its header than in the directory");
        }
    }

    /// <summary>The descriptor has 32-bit or 64-bit sizes, with nothing that says which: one of them must fit.</summary>
    private static long CheckDescriptor(WeightsFile file, ListedEntry entry, long at, long directoryOffset)
    {
        Span<byte> descriptor = stackalloc byte[24];
        descriptor = descriptor[..(int)Math.Min(descriptor.Length, directoryOffset - at)];
        file.ReadExactly(at, descriptor);
        if (
            descriptor.Length >= 16
            && BinaryPrimitives.ReadUInt32LittleEndian(descriptor) == DescriptorSignature
            && BinaryPrimitives.ReadUInt32LittleEndian(descriptor[4..]) == entry.Crc32
        )
        {
            if (
                BinaryPrimitives.ReadUInt32LittleEndian(descriptor[8..]) == entry.PackedLength
                && BinaryPrimitives.ReadUInt32LittleEndian(descriptor[12..]) == entry.Length
            )
            {
                return at + 16;
            }

            if (
                descriptor.Length == 24
                && BinaryPrimitives.ReadInt64LittleEndian(descriptor[8..]) == entry.PackedLength
                && BinaryPrimitives.ReadInt64LittleEndian(descriptor[16..]) == entry.Length
            )
            {
                return at + 24;
            }
        }

        throw Lies(file, entry, "has other sizes behind its data than in the directory");
    }

    private static WeightsFormatException Lies(WeightsFile file, ListedEntry entry, string how) =>
        file.Fail($"the zip entry '{entry.Name}' {how}");
}
