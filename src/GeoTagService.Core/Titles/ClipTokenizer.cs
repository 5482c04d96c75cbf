using System.Buffers;
using System.Text;
using GeoTagService.Core.Titles.BytePairs;

namespace GeoTagService.Core.Titles;

/// <summary>
/// Turns a title into the ids that CLIP's text tower takes, equal to openai/CLIP's <c>tokenize</c>: clean, collapse
/// white space, lower-case, split, merge byte pairs, frame with the start and the end token. Thread-safe.
/// </summary>
public sealed class ClipTokenizer
{
    /// <summary>Characters of a title (UTF-16 units) that are read; what is beyond is cut off. Far more than fills
    /// any context, and few enough that no title can keep a processor busy.</summary>
    public const int MaxTitleLength = 8192;

    private readonly BytePairVocabulary _vocabulary;

    private ClipTokenizer(BytePairVocabulary vocabulary, int vocabularySize, int contextLength, int startToken, int endToken)
    {
        _vocabulary = vocabulary;
        VocabularySize = vocabularySize;
        ContextLength = contextLength;
        StartToken = startToken;
        EndToken = endToken;
    }

    /// <summary>The most ids of a title, start and end token included (77 for CLIP).</summary>
    public int ContextLength { get; }

    /// <summary>Number of token ids (49,408 for CLIP); every id is below it.</summary>
    public int VocabularySize { get; }

    /// <summary>First id of every title (49,406 for CLIP).</summary>
    public int StartToken { get; }

    /// <summary>Last id of every title (49,407 for CLIP).</summary>
    public int EndToken { get; }

    /// <summary>Reads CLIP's merges file.</summary>
    /// <param name="merges">The file, plain text or gzipped: a header line, then one merge a line. The first
    /// <paramref name="vocabularySize"/> − 514 merges are used. The stream is read to its end and stays open.</param>
    /// <param name="vocabularySize">Number of token ids, from 514 to 1,048,576: 256 bytes, 256 bytes that end a word,
    /// the merges, the start and the end token.</param>
    /// <param name="contextLength">The most ids of a title, from 2.</param>
    /// <param name="startToken">Id of the start token; the last but one by default.</param>
    /// <param name="endToken">Id of the end token; the last by default.</param>
    /// <exception cref="InvalidDataException">The file does not fit the vocabulary's size.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size or a token is outside its range.</exception>
    public static ClipTokenizer Load(Stream merges, int vocabularySize, int contextLength, int? startToken = null, int? endToken = null)
    {
        ArgumentNullException.ThrowIfNull(merges);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, BytePairVocabulary.MinimumSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabularySize, PairRanks.SymbolLimit);
        ArgumentOutOfRangeException.ThrowIfLessThan(contextLength, 2);
        var start = startToken ?? (vocabularySize - 2);
        var end = endToken ?? (vocabularySize - 1);
        ThrowUnlessToken(start, vocabularySize, nameof(startToken));
        ThrowUnlessToken(end, vocabularySize, nameof(endToken));
        ArgumentOutOfRangeException.ThrowIfEqual(end, start, nameof(endToken));
        return new ClipTokenizer(BytePairVocabulary.Read(merges, vocabularySize), vocabularySize, contextLength, start, end);
    }

    /// <summary>Tokenises a title. Any string is accepted, ill-formed UTF-16 included (lone surrogates become U+FFFD);
    /// an empty one gives the start and the end token alone.</summary>
    /// <param name="title">The title as the user wrote it.</param>
    public TokenizedTitle Encode(string title)
    {
        ArgumentNullException.ThrowIfNull(title);
        var cut = title.Length > MaxTitleLength;
        var cleaned = TitleCleaner.Clean(cut ? title[..MaxTitleLength] : title);
        var buffer = ArrayPool<char>.Shared.Rent(Math.Max(1, TitleLowerCase.MaxLength(cleaned)));
        var ids = ArrayPool<int>.Shared.Rent(ContextLength);
        try
        {
            var lower = buffer.AsSpan(0, TitleLowerCase.Write(cleaned, buffer));
            var count = Encode(lower, ids.AsSpan(0, ContextLength), out var truncated);
            return new TokenizedTitle(ids.AsSpan(0, count).ToArray(), truncated || cut, cleaned);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(ids);
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    private int Encode(ReadOnlySpan<char> title, Span<int> ids, out bool truncated)
    {
        ids[0] = StartToken;
        var count = 1;
        truncated = false;
        var words = new TitleSplitter(title);
        while (!truncated && words.MoveNext())
        {
            switch (words.Kind)
            {
                case TitleWordKind.Start:
                    Append(ids, ref count, [StartToken], ref truncated);
                    break;
                case TitleWordKind.End:
                    Append(ids, ref count, [EndToken], ref truncated);
                    break;
                default:
                    EncodeWord(words.Word, ids, ref count, ref truncated);
                    break;
            }
        }

        ids[count++] = EndToken;
        return count;
    }

    private void EncodeWord(ReadOnlySpan<char> word, Span<int> ids, ref int count, ref bool truncated)
    {
        const int OnStack = 256;
        var most = Encoding.UTF8.GetMaxByteCount(word.Length);
        byte[]? rentedBytes = null;
        int[]? rentedSymbols = null;
        Span<byte> bytes = most <= OnStack ? stackalloc byte[OnStack] : rentedBytes = ArrayPool<byte>.Shared.Rent(most);
        Span<int> symbols = most <= OnStack ? stackalloc int[OnStack] : rentedSymbols = ArrayPool<int>.Shared.Rent(most);
        var length = Encoding.UTF8.GetBytes(word, bytes);
        Append(ids, ref count, symbols[..BytePairMerger.Merge(bytes[..length], _vocabulary, symbols)], ref truncated);
        if (rentedBytes is not null)
        {
            ArrayPool<byte>.Shared.Return(rentedBytes);
        }

        if (rentedSymbols is not null)
        {
            ArrayPool<int>.Shared.Return(rentedSymbols);
        }
    }

    // The last place is the end token's.
    private static void Append(Span<int> ids, ref int count, ReadOnlySpan<int> symbols, ref bool truncated)
    {
        var room = Math.Min(symbols.Length, ids.Length - 1 - count);
        truncated |= room < symbols.Length;
        symbols[..room].CopyTo(ids[count..]);
        count += room;
    }

    private static void ThrowUnlessToken(int token, int vocabularySize, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, vocabularySize, name);
    }
}
