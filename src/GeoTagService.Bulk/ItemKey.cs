using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace GeoTagService.Bulk;

/// <summary>What tells an item of a list from every other: a digest of all that its row says. The photo's content has a digest of
/// its own (<see cref="PhotoStamp"/>), because it is known later and changes by itself.</summary>
public static class ItemKey
{
    private const int Absent = -1;

    /// <summary>The key of an item.</summary>
    public static UInt128 Of(ListItem item)
    {
        var content = new ArrayBufferWriter<byte>(256);
        Text(content, item.Id);
        Text(content, item.Image);
        Text(content, item.Title);
        Number(content, item.Latitude);
        Number(content, item.Longitude);
        Text(content, item.GridReference);
        Bytes(content, MemoryMarshal.AsBytes(item.ImageEmbedding.AsSpan()), item.ImageEmbedding is null);
        Bytes(content, MemoryMarshal.AsBytes(item.TitleEmbedding.AsSpan()), item.TitleEmbedding is null);
        Text(content, item.Fault?.Code);
        return Digest(content.WrittenSpan);
    }

    /// <summary>The key of an id alone: what stays when a row is changed.</summary>
    public static ulong OfId(string id) => (ulong)Digest(MemoryMarshal.AsBytes(id.AsSpan()));

    /// <summary>The first 128 bits of SHA-256.</summary>
    public static UInt128 Digest(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }

    // As UTF-16, so that two titles with different halves of a pair are two.
    private static void Text(ArrayBufferWriter<byte> content, string? text) =>
        Bytes(content, MemoryMarshal.AsBytes(text.AsSpan()), text is null);

    private static void Number(ArrayBufferWriter<byte> content, double? number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, number ?? 0);
        Bytes(content, bytes, number is null);
    }

    private static void Bytes(ArrayBufferWriter<byte> content, ReadOnlySpan<byte> bytes, bool isAbsent)
    {
        BinaryPrimitives.WriteInt32LittleEndian(content.GetSpan(sizeof(int)), isAbsent ? Absent : bytes.Length);
        content.Advance(sizeof(int));
        content.Write(isAbsent ? [] : bytes);
    }
}
