namespace GeoTagService.Core.Titles.BytePairs;

/// <summary>
/// Merges a long word with a heap of pairs over a linked list of symbols: n log n, whatever the word. The result is
/// that of <see cref="BytePairMerger.Scan"/>.
/// </summary>
internal readonly ref struct LongWord
{
    private const int End = -1;
    private const int Gone = -1;

    private readonly Span<int> _symbols;
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly BytePairVocabulary _vocabulary;

    // Pairs by rank, then place. A pair whose symbols have merged otherwise meanwhile is skipped when it comes up.
    // Rank in the upper half, place in the lower: one number compares faster than two.
    private readonly PriorityQueue<int, long> _pairs;

    private LongWord(Span<int> symbols, BytePairVocabulary vocabulary)
    {
        _symbols = symbols;
        _vocabulary = vocabulary;
        _next = new int[symbols.Length];
        _previous = new int[symbols.Length];
        _pairs = new PriorityQueue<int, long>(symbols.Length);
        for (var place = 0; place < symbols.Length; place++)
        {
            _next[place] = place + 1 < symbols.Length ? place + 1 : End;
            _previous[place] = place - 1;
            Enqueue(place);
        }
    }

    public static int Merge(Span<int> symbols, BytePairVocabulary vocabulary)
    {
        var word = new LongWord(symbols, vocabulary);
        word.MergeAll();
        return word.Compact();
    }

    private void MergeAll()
    {
        var merged = new List<int>();
        while (_pairs.TryPeek(out _, out var first))
        {
            var rank = RankOf(first);

            // Every place of one rank merges before any pair that this makes is looked at, as in the reference.
            merged.Clear();
            while (_pairs.TryPeek(out var place, out var pair) && RankOf(pair) == rank)
            {
                _pairs.Dequeue();
                if (RankAt(place) == rank)
                {
                    MergeAt(place, rank);
                    merged.Add(place);
                }
            }

            foreach (var place in merged)
            {
                Enqueue(_previous[place]);
                Enqueue(place);
            }
        }
    }

    private void MergeAt(int place, int rank)
    {
        var right = _next[place];
        _symbols[place] = _vocabulary.Merged(rank);
        _symbols[right] = Gone;
        _next[place] = _next[right];
        if (_next[place] != End)
        {
            _previous[_next[place]] = place;
        }
    }

    private void Enqueue(int place)
    {
        var rank = RankAt(place);
        if (rank != PairRanks.None)
        {
            _pairs.Enqueue(place, ((long)rank << 32) | (uint)place);
        }
    }

    private static int RankOf(long pair) => (int)(pair >> 32);

    private int RankAt(int place) =>
        place == End || _symbols[place] == Gone || _next[place] == End
            ? PairRanks.None
            : _vocabulary.Ranks.Find(_symbols[place], _symbols[_next[place]]);

    private int Compact()
    {
        var count = 0;
        for (var place = 0; place != End; place = _next[place])
        {
            _symbols[count++] = _symbols[place];
        }

        return count;
    }
}
