namespace GeoTagService.Core.Photos.Jpeg;

/// <summary>Keeps the tables seen last: most cameras write the standard's four. Bounded by its slots.</summary>
/// <remarks>Safe for any number of threads: tables do not change, and a slot is replaced as a whole.</remarks>
internal sealed class HuffmanTableCache
{
    private const int SlotCount = 32;

    private readonly HuffmanTable?[] _slots = new HuffmanTable?[SlotCount];

    /// <summary>The table for these bytes, or null when they are those of no prefix code.</summary>
    public HuffmanTable? Get(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols, bool hasValues)
    {
        var hash = default(HashCode);
        hash.AddBytes(counts);
        hash.AddBytes(symbols);
        ref var slot = ref _slots[(uint)hash.ToHashCode() % SlotCount];
        var found = Volatile.Read(ref slot);
        if (found is not null && found.IsFor(counts, symbols, hasValues))
        {
            return found;
        }

        var table = HuffmanTable.Create(counts, symbols, hasValues);
        if (table is not null)
        {
            Volatile.Write(ref slot, table);
        }

        return table;
    }
}
