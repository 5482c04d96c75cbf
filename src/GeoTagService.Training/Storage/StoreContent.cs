using System.Buffers.Binary;

namespace GeoTagService.Training.Storage;

/// <summary>What a row of a store was made of, so that a photo or a title that was changed since is seen. All 0 where that is not
/// known, as of rows that an earlier version wrote.</summary>
/// <param name="Photo">First 128 bits of SHA-256 of the photo's file.</param>
/// <param name="Size">Bytes of that file.</param>
/// <param name="Time">Time of its last change, ticks of UTC.</param>
/// <param name="Row">Digest of title and place.</param>
public readonly record struct StoreContent(UInt128 Photo, long Size, long Time, ulong Row)
{
    /// <summary>Name of the file that holds one for each row, in the order of the index.</summary>
    internal const string FileName = "contents";

    /// <summary>Bytes of one.</summary>
    internal const int Length = 40;

    /// <summary>Whether a row of this content is another one than a row of what was before.</summary>
    /// <param name="before">What is in the store; of what is not known nothing is said.</param>
    public bool IsOtherThan(StoreContent before) => before != default && this != default && (Photo, Row) != (before.Photo, before.Row);

    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(destination, Photo);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], Size);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], Time);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[32..], Row);
    }

    internal static StoreContent Read(ReadOnlySpan<byte> source) =>
        new(
            BinaryPrimitives.ReadUInt128LittleEndian(source),
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..])
        );

    /// <summary>Those of a store's rows.</summary>
    internal static StoreContent[] ReadAll(string directory, int rows)
    {
        var contents = new StoreContent[rows];
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            return contents;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[Math.Min(file.Length, (long)rows * Length)];
        file.ReadExactly(bytes);
        for (var row = 0; (row + 1) * Length <= bytes.Length; row++)
        {
            contents[row] = Read(bytes.AsSpan(row * Length));
        }

        return contents;
    }
}
