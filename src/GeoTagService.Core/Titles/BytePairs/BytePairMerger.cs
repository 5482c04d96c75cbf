namespace GeoTagService.Core.Titles.BytePairs;

/// <summary>
/// Merges a word's bytes into symbols as CLIP's reference does: the pair of the lowest rank first, everywhere in the
/// word from left to right, until no two neighbours merge.
/// </summary>
internal static class BytePairMerger
{
    /// <summary>Words up to this many bytes are merged by scanning; longer ones with a heap, which no input makes
    /// quadratic.</summary>
    public const int ScanLimit = 48;

    /// <summary>Writes a word's symbols over <paramref name="symbols"/>.</summary>
    /// <param name="word">The word in UTF-8; not empty.</param>
    /// <param name="vocabulary">Whose merges apply.</param>
    /// <param name="symbols">At least as long as the word.</param>
    /// <returns>How many symbols the word became.</returns>
    public static int Merge(ReadOnlySpan<byte> word, BytePairVocabulary vocabulary, Span<int> symbols)
    {
        symbols = symbols[..word.Length];
        for (var i = 0; i < word.Length; i++)
        {
            symbols[i] = vocabulary.SymbolOf(word[i]);
        }

        symbols[^1] += BytePairVocabulary.EndOfWordOffset;
        return word.Length <= ScanLimit ? Scan(symbols, vocabulary) : LongWord.Merge(symbols, vocabulary);
    }

    /// <summary>Merges by looking for the lowest rank again and again; fastest for words of ordinary length.</summary>
    internal static int Scan(Span<int> symbols, BytePairVocabulary vocabulary)
    {
        const int Stale = -1;
        var count = symbols.Length;
        Span<int> ranks = count <= ScanLimit ? stackalloc int[ScanLimit] : new int[count];
        for (var i = 0; i + 1 < count; i++)
        {
            ranks[i] = vocabulary.Ranks.Find(symbols[i], symbols[i + 1]);
        }

        while (count > 1)
        {
            var lowest = Lowest(ranks[..(count - 1)]);
            if (lowest == PairRanks.None)
            {
                break;
            }

            var merged = vocabulary.Merged(lowest);
            var kept = 0;
            for (var i = 0; i < count; i++, kept++)
            {
                // A rank belongs to one pair only, so equal ranks are the same pair.
                if (i + 1 < count && ranks[i] == lowest)
                {
                    symbols[kept] = merged;
                    ranks[kept] = Stale;
                    if (kept > 0)
                    {
                        ranks[kept - 1] = Stale;
                    }

                    i++;
                }
                else
                {
                    symbols[kept] = symbols[i];
                    ranks[kept] = i + 1 < count ? ranks[i] : PairRanks.None;
                }
            }

            count = kept;
            for (var i = 0; i + 1 < count; i++)
            {
                if (ranks[i] == Stale)
                {
                    ranks[i] = vocabulary.Ranks.Find(symbols[i], symbols[i + 1]);
                }
            }
        }

        return count;
    }

    private static int Lowest(ReadOnlySpan<int> ranks)
    {
        var lowest = PairRanks.None;
        foreach (var rank in ranks)
        {
            lowest = Math.Min(lowest, rank);
        }

        return lowest;
    }
}
