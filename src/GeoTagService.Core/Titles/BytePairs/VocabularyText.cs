using System.IO.Compression;
using System.Text;

namespace GeoTagService.Core.Titles.BytePairs;

/// <summary>CLIP's vocabulary as its merges file spells it. Ids in order: the 256 bytes, the 256 bytes that end a word, one
/// symbol a merge; the start and the end token have none here.</summary>
public sealed class VocabularyText
{
    internal const int ByteCount = 256;

    private const string EndOfWord = "</w>";

    private VocabularyText(Dictionary<string, int> symbols, (string Left, string Right)[] merges)
    {
        Symbols = symbols;
        Merges = merges;
    }

    /// <summary>Ids by spelling; where two merges make the same, the later id, as in the reference.</summary>
    public IReadOnlyDictionary<string, int> Symbols { get; }

    /// <summary>What merges, the first first.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>Reads a merges file: a header line, then one merge a line, two symbols separated by a space. Lines
    /// beyond the vocabulary's size are left unread (CLIP's own file has more than CLIP uses).</summary>
    /// <param name="merges">The file, plain or gzipped.</param>
    /// <param name="mergeCount">How many merges the vocabulary has: its ids less 514.</param>
    /// <exception cref="InvalidDataException">The file is no merges file of that many merges.</exception>
    public static VocabularyText Read(Stream merges, int mergeCount)
    {
        using var reader = new StreamReader(Open(merges), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return Read(reader, mergeCount);
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException("The merges file is not UTF-8 text.", error);
        }
    }

    /// <summary>The id of each byte.</summary>
    internal static int[] ByteSymbols()
    {
        ByteLetters(out var symbols);
        return symbols;
    }

    private static VocabularyText Read(StreamReader reader, int mergeCount)
    {
        var letters = ByteLetters(out _);
        var symbols = new Dictionary<string, int>(2 * ByteCount + mergeCount, StringComparer.Ordinal);
        for (var i = 0; i < ByteCount; i++)
        {
            symbols.Add(letters[i].ToString(), i);
            symbols.Add(letters[i] + EndOfWord, ByteCount + i);
        }

        if (reader.ReadLine() is null)
        {
            throw new InvalidDataException("The merges file is empty.");
        }

        var pairs = new (string Left, string Right)[mergeCount];
        for (var rank = 0; rank < mergeCount; rank++)
        {
            pairs[rank] = Parse(reader.ReadLine(), rank, mergeCount);
            if (!symbols.ContainsKey(pairs[rank].Left) || !symbols.ContainsKey(pairs[rank].Right))
            {
                throw Malformed(rank, "it merges a symbol that no earlier line makes");
            }

            // Where two merges make the same text, the later id counts, as in the reference.
            symbols[pairs[rank].Left + pairs[rank].Right] = 2 * ByteCount + rank;
        }

        return new VocabularyText(symbols, pairs);
    }

    private static (string Left, string Right) Parse(string? line, int rank, int mergeCount)
    {
        if (line is null)
        {
            throw new InvalidDataException($"The merges file has {rank} merges after its header, this vocabulary needs {mergeCount}.");
        }

        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (space <= 0 || space == line.Length - 1 || line.IndexOf(' ', space + 1) >= 0)
        {
            throw Malformed(rank, "it is not two symbols separated by a space");
        }

        return (line[..space], line[(space + 1)..]);
    }

    // The header is line 1 of the file, the merge of rank 0 line 2.
    private static InvalidDataException Malformed(int rank, string why) => new($"Line {rank + 2} of the merges file is malformed: {why}.");

    private static Stream Open(Stream merges)
    {
        var content = new MemoryStream();
        try
        {
            merges.CopyTo(content);
            content.Position = 0;
            var gzipped = content.ReadByte() == 0x1f && content.ReadByte() == 0x8b;
            content.Position = 0;
            return gzipped ? new GZipStream(content, CompressionMode.Decompress) : content;
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The letters by which the file writes the 256 bytes, in the order of their ids: the printable ones of Latin-1
    /// stand for themselves, the rest (spaces, controls) are moved up from U+0100 so that a line holds no blanks.
    /// </summary>
    private static char[] ByteLetters(out int[] byteSymbols)
    {
        var letters = new char[ByteCount];
        byteSymbols = new int[ByteCount];
        var next = 0;
        for (var value = 0; value < ByteCount; value++)
        {
            if (IsPrintable(value))
            {
                byteSymbols[value] = next;
                letters[next++] = (char)value;
            }
        }

        var moved = 0;
        for (var value = 0; value < ByteCount; value++)
        {
            if (!IsPrintable(value))
            {
                byteSymbols[value] = next;
                letters[next++] = (char)(0x100 + moved++);
            }
        }

        return letters;
    }

    private static bool IsPrintable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
}
