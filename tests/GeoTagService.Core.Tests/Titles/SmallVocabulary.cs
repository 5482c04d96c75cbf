using System.IO.Compression;
using System.Text;
using GeoTagService.Core.Titles;
using GeoTagService.Core.Titles.BytePairs;

namespace GeoTagService.Core.Tests.Titles;

/// <summary>A vocabulary of a few merges: 514 ids for bytes and special tokens, the rest merges.</summary>
internal static class SmallVocabulary
{
    /// <summary>Ranks, from 0: th, the&lt;/w&gt;, at, he, aa, aaaa, ca, cat&lt;/w&gt;.</summary>
    public static readonly string[] Merges = ["t h", "th e</w>", "a t", "h e", "a a", "aa aa", "c a", "ca t</w>"];

    public static int VocabularySize => 514 + Merges.Length;

    public static int Start => VocabularySize - 2;

    public static int End => VocabularySize - 1;

    public static MemoryStream File(params string[] merges) =>
        new(Encoding.UTF8.GetBytes("#version: made here\n" + string.Concat(merges.Select(merge => merge + "\n"))));

    public static MemoryStream Gzipped(MemoryStream file)
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            file.CopyTo(gzip);
        }

        output.Position = 0;
        return output;
    }

    public static ClipTokenizer Tokenizer(int contextLength = 16) => ClipTokenizer.Load(File(Merges), VocabularySize, contextLength);

    public static BytePairVocabulary Vocabulary() => BytePairVocabulary.Read(File(Merges), VocabularySize);

    /// <summary>The id of an ASCII letter within a word; printable ASCII comes first, from the exclamation mark.</summary>
    public static int Letter(char letter) => letter - '!';

    /// <summary>The id of an ASCII letter at the end of a word.</summary>
    public static int LastLetter(char letter) => 256 + Letter(letter);

    /// <summary>The id that a merge makes.</summary>
    public static int Merged(int rank) => 512 + rank;
}
