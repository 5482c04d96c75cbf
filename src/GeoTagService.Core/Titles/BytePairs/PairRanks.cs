namespace GeoTagService.Core.Titles.BytePairs;

/// <summary>
/// Finds the rank of a pair of symbols: a hash table with open addressing whose slots are single words (two symbols
/// of 20 bits and the rank), so that a look-up touches one cache line. Immutable once filled, hence thread-safe.
/// </summary>
internal sealed class PairRanks
{
    /// <summary>Symbols and ranks must be below this.</summary>
    public const int SymbolLimit = 1 << 20;

    /// <summary>Answer for two symbols that do not merge; larger than any rank.</summary>
    public const int None = int.MaxValue;

    private const int RankBits = 24;
    private const ulong RankMask = (1UL << RankBits) - 1;

    private readonly ulong[] _slots;
    private readonly int _shift;

    public PairRanks(int capacity)
    {
        var bits = System.Numerics.BitOperations.Log2((uint)Math.Max(capacity, 8)) + 2;
        _slots = new ulong[1 << bits];
        _shift = 64 - bits;
    }

    /// <summary>Gives a pair its rank; the last one set counts.</summary>
    public void Set(int left, int right, int rank)
    {
        var key = Key(left, right);
        var slot = Slot(key);
        while (_slots[slot] != 0 && _slots[slot] >> RankBits != key)
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        // Zero marks a free slot, hence the one added.
        _slots[slot] = (key << RankBits) | (uint)(rank + 1);
    }

    /// <summary>The rank of a pair, or <see cref="None"/>.</summary>
    public int Find(int left, int right)
    {
        var key = Key(left, right);
        var slots = _slots;
        for (var slot = Slot(key); ; slot = (slot + 1) & (slots.Length - 1))
        {
            var content = slots[slot];
            if (content == 0)
            {
                return None;
            }

            if (content >> RankBits == key)
            {
                return (int)(content & RankMask) - 1;
            }
        }
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 20) | (uint)right;

    // Fibonacci hashing: the odd constant is 2^64 divided by the golden ratio.
    private int Slot(ulong key) => (int)((key * 0x9E3779B97F4A7C15) >> _shift);
}
