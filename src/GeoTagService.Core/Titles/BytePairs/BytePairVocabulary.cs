namespace GeoTagService.Core.Titles.BytePairs;

/// <summary>
/// CLIP's vocabulary as its merges file defines it. Ids in order: the 256 bytes, the 256 bytes that end a word, one
/// symbol a merge, the start and the end token. Immutable.
/// </summary>
internal sealed class BytePairVocabulary
{
    /// <summary>The symbol of byte b that ends a word is that of b plus this.</summary>
    public const int EndOfWordOffset = ByteCount;

    private const int ByteCount = VocabularyText.ByteCount;
    private const int SpecialCount = 2;

    private readonly int[] _byteSymbols;
    private readonly int[] _mergedSymbols;

    private BytePairVocabulary(int[] byteSymbols, PairRanks ranks, int[] mergedSymbols)
    {
        _byteSymbols = byteSymbols;
        Ranks = ranks;
        _mergedSymbols = mergedSymbols;
    }

    /// <summary>The smallest vocabulary: no merges at all.</summary>
    public static int MinimumSize => ByteCount + ByteCount + SpecialCount;

    /// <summary>Which pairs merge, and in which order.</summary>
    public PairRanks Ranks { get; }

    /// <summary>The symbol of a byte within a word.</summary>
    public int SymbolOf(byte value) => _byteSymbols[value];

    /// <summary>The symbol that the pair of this rank becomes.</summary>
    public int Merged(int rank) => _mergedSymbols[rank];

    /// <summary>Reads a merges file.</summary>
    /// <param name="merges">The file, plain or gzipped.</param>
    /// <param name="size">Number of ids, the start and the end token included.</param>
    /// <exception cref="InvalidDataException">The file is no merges file of that many merges.</exception>
    public static BytePairVocabulary Read(Stream merges, int size)
    {
        var text = VocabularyText.Read(merges, size - MinimumSize);
        var symbols = text.Symbols;
        var ranks = new PairRanks(text.Merges.Count);
        var merged = new int[text.Merges.Count];
        for (var rank = 0; rank < merged.Length; rank++)
        {
            var (left, right) = text.Merges[rank];
            ranks.Set(symbols[left], symbols[right], rank);
            merged[rank] = symbols[left + right];
        }

        return new BytePairVocabulary(VocabularyText.ByteSymbols(), ranks, merged);
    }
}
