using System.Buffers.Binary;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Ledgers;

/// <summary>What became of an item.</summary>
internal enum ItemState
{
    /// <summary>Its row is in the output.</summary>
    Done,

    /// <summary>Its fault is in the errors.</summary>
    Rejected,

    /// <summary>Its fault is in the errors, and may pass.</summary>
    RejectedInPassing,
}

/// <summary>An item in the journal.</summary>
/// <param name="Key">Digest of its row of the list.</param>
/// <param name="Id">Digest of its id.</param>
/// <param name="Position">Its position in the list.</param>
/// <param name="State">What became of it.</param>
/// <param name="Photo">The photo that was tagged; all 0 where there was none.</param>
/// <param name="Offset">Where its row begins in the output, or its line in the errors; without the separator.</param>
/// <param name="Length">Bytes of that.</param>
/// <param name="Check">Digest of that.</param>
internal readonly record struct ItemRecord(
    UInt128 Key,
    ulong Id,
    long Position,
    ItemState State,
    PhotoStamp Photo,
    long Offset,
    int Length,
    ulong Check
)
{
    /// <summary>Bytes of a record.</summary>
    public const int Size = 88;

    /// <summary>Digest of a row as the journal keeps it.</summary>
    public static ulong CheckOf(ReadOnlySpan<byte> row) => (ulong)ItemKey.Digest(row);

    /// <summary>Writes the record.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(destination, Key);
        BinaryPrimitives.WriteUInt128LittleEndian(destination[16..], Photo.Digest);
        BinaryPrimitives.WriteInt64LittleEndian(destination[32..], Photo.Size);
        BinaryPrimitives.WriteInt64LittleEndian(destination[40..], Photo.Time);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[48..], Id);
        BinaryPrimitives.WriteInt64LittleEndian(destination[56..], Position);
        BinaryPrimitives.WriteInt64LittleEndian(destination[64..], Offset);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[72..], Check);
        BinaryPrimitives.WriteInt32LittleEndian(destination[80..], Length);
        BinaryPrimitives.WriteInt32LittleEndian(destination[84..], (int)State);
    }

    /// <summary>Reads a record.</summary>
    public static ItemRecord Read(ReadOnlySpan<byte> source) =>
        new(
            BinaryPrimitives.ReadUInt128LittleEndian(source),
            BinaryPrimitives.ReadUInt64LittleEndian(source[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[56..]),
            (ItemState)BinaryPrimitives.ReadInt32LittleEndian(source[84..]),
            new PhotoStamp(
                BinaryPrimitives.ReadUInt128LittleEndian(source[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
                BinaryPrimitives.ReadInt64LittleEndian(source[40..])
            ),
            BinaryPrimitives.ReadInt64LittleEndian(source[64..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[80..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[72..])
        );
}

/// <summary>Reads a journal, record by record or at any place. Safe for parallel reads of single records.</summary>
internal sealed class ItemJournal : IDisposable
{
    private const int RecordsAtOnce = 1024;

    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _file;

    /// <summary>Opens a journal.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="count">How many records count.</param>
    /// <exception cref="RunFailureException">It is shorter than that.</exception>
    public ItemJournal(string path, long count)
    {
        Count = count;
        try
        {
            _file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException fault)
        {
            throw new RunFailureException(
                RunFailure.Request,
                $"{path} is missing: the run cannot be continued without it; --restart begins again",
                fault
            );
        }

        if (RandomAccess.GetLength(_file) < count * ItemRecord.Size)
        {
            _file.Dispose();
            throw new RunFailureException(
                RunFailure.Request,
                $"{path} is shorter than its ledger says: it was changed since; --restart begins again"
            );
        }
    }

    /// <summary>How many records there are.</summary>
    public long Count { get; }

    /// <summary>One record.</summary>
    public ItemRecord this[long index]
    {
        get
        {
            Span<byte> bytes = stackalloc byte[ItemRecord.Size];
            Fill(bytes, index * ItemRecord.Size);
            return ItemRecord.Read(bytes);
        }
    }

    /// <summary>All records.</summary>
    public IEnumerable<ItemRecord> Read()
    {
        var buffer = new byte[RecordsAtOnce * ItemRecord.Size];
        for (var at = 0L; at < Count; at += RecordsAtOnce)
        {
            var here = (int)Math.Min(RecordsAtOnce, Count - at);
            Fill(buffer.AsSpan(0, here * ItemRecord.Size), at * ItemRecord.Size);
            for (var i = 0; i < here; i++)
            {
                yield return ItemRecord.Read(buffer.AsSpan(i * ItemRecord.Size));
            }
        }
    }

    public void Dispose() => _file.Dispose();

    private void Fill(Span<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            var read = RandomAccess.Read(_file, bytes, offset);
            if (read == 0)
            {
                throw new EndOfStreamException("the journal of the run was cut while it was read");
            }

            bytes = bytes[read..];
            offset += read;
        }
    }
}
