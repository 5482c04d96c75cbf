namespace GeoTagService.Core.Photos.Jpeg;

/// <summary>One Huffman table of a JPEG file, ready for decoding (ITU-T T.81, annexes C and F).</summary>
internal sealed class HuffmanTable
{
    /// <summary>Codes of at most this many bits are found by one look-up.</summary>
    public const int LookupBits = 10;

    private const int MaxBits = 16;

    // Largest code of each length, left-aligned to 16 bits, plus one; 0x10000 ends the search.
    private readonly int[] _limits = new int[MaxBits + 2];
    private readonly int[] _offsets = new int[MaxBits + 2];
    private readonly byte[] _symbols;

    private readonly byte[] _counts;

    private HuffmanTable(byte[] counts, byte[] symbols, bool hasValues)
    {
        _counts = counts;
        _symbols = symbols;
        ValueLookup = hasValues ? new short[1 << LookupBits] : [];
    }

    /// <summary>By the next <see cref="LookupBits"/> bits: symbol × 256 + code length, or 0 for a longer code.</summary>
    public ushort[] Lookup { get; } = new ushort[1 << LookupBits];

    /// <summary>By the next <see cref="LookupBits"/> bits, where code and value both lie in them: value × 256 + run × 16 +
    /// bits of both; otherwise 0. Empty in a table of first coefficients.</summary>
    public short[] ValueLookup { get; }

    /// <summary>Builds a table, or returns null when the counts are those of no prefix code.</summary>
    /// <param name="counts">Codes of each length 1..16.</param>
    /// <param name="symbols">Symbols in order of their codes.</param>
    /// <param name="hasValues">Whether symbols are runs and sizes (AC) rather than sizes alone (DC).</param>
    public static HuffmanTable? Create(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols, bool hasValues)
    {
        var table = new HuffmanTable(counts.ToArray(), symbols.ToArray(), hasValues);
        int code = 0,
            index = 0;
        for (var length = 1; length <= MaxBits; length++)
        {
            table._offsets[length] = index - code;
            for (var i = 0; i < counts[length - 1]; i++, index++, code++)
            {
                if (code >= 1 << length)
                {
                    return null;
                }

                table.Fill(code, length, symbols[index]);
            }

            table._limits[length] = code << (MaxBits - length);
            code <<= 1;
        }

        table._limits[MaxBits + 1] = int.MaxValue;
        return table;
    }

    /// <summary>Whether the table was made from these very bytes.</summary>
    public bool IsFor(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols, bool hasValues) =>
        ValueLookup.Length > 0 == hasValues && counts.SequenceEqual(_counts) && symbols.SequenceEqual(_symbols);

    /// <summary>Finds a code that is longer than the look-up.</summary>
    /// <param name="next16">The next 16 bits.</param>
    /// <param name="length">Length of the code, 0 when there is no such code.</param>
    /// <returns>The symbol.</returns>
    public byte Search(int next16, out int length)
    {
        length = LookupBits + 1;
        while (next16 >= _limits[length])
        {
            length++;
        }

        if (length > MaxBits)
        {
            length = 0;
            return 0;
        }

        return _symbols[(next16 >> (MaxBits - length)) + _offsets[length]];
    }

    private void Fill(int code, int length, byte symbol)
    {
        if (length > LookupBits)
        {
            return;
        }

        var free = LookupBits - length;
        var first = code << free;
        Lookup.AsSpan(first, 1 << free).Fill((ushort)((symbol << 8) | length));
        int run = symbol >> 4,
            size = symbol & 15;
        if (size == 0 || size > free || ValueLookup.Length == 0)
        {
            return;
        }

        for (var rest = 0; rest < 1 << free; rest++)
        {
            var value = Extend(rest >> (free - size), size);
            if (value is >= sbyte.MinValue and <= sbyte.MaxValue)
            {
                ValueLookup[first + rest] = (short)((value << 8) | (run << 4) | (length + size));
            }
        }
    }

    /// <summary>A value of <paramref name="size"/> bits whose leading zero means that it is negative.</summary>
    public static int Extend(int bits, int size) => bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}
