using System.IO.Compression;
using System.Text;
using CsCheck;
using GeoTagService.Core.Titles.BytePairs;
using GeoTagService.Testing;
using Microsoft.ML.Tokenizers;

namespace GeoTagService.Core.Tests.Titles;

/// <summary>The merge loop against an independent one, Microsoft.ML.Tokenizers', over CLIP's own merges.</summary>
public sealed class BytePairPeerTests
{
    private const int VocabularySize = 49408;

    [Fact(Skip = ReferenceData.SkipReason, SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData))]
    public void AnyWord_GetsThePeersIds()
    {
        var path = ReferenceData.PathOf("bpe_simple_vocab_16e6.txt.gz");
        using var file = File.OpenRead(path);
        var vocabulary = BytePairVocabulary.Read(file, VocabularySize);
        var peer = Peer(path, vocabulary);

        Gen.Char["etaoinshrdlucmfwypvbgkjqxz''!-ŵŷéΩ東"]
            .Array[1, 90]
            .Sample(letters =>
            {
                var word = new string(letters);
                var bytes = Encoding.UTF8.GetBytes(word);
                var symbols = new int[bytes.Length];
                var count = BytePairMerger.Merge(bytes, vocabulary, symbols);

                Assert.Equal(peer.EncodeToIds(word, considerPreTokenization: false), symbols[..count]);
            });
    }

    private static BpeTokenizer Peer(string path, BytePairVocabulary vocabulary)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var merges = reader.ReadToEnd().Split('\n').Skip(1).Take(VocabularySize - 514).ToArray();
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var value = 0; value < 256; value++)
        {
            // The file writes bytes that do not print as letters from U+0100 on; those are the ids from 188.
            var id = vocabulary.SymbolOf((byte)value);
            var letter = id < 188 ? ((char)value).ToString() : ((char)(0x100 + id - 188)).ToString();
            ids[letter] = id;
            ids[letter + "</w>"] = id + 256;
        }

        for (var rank = 0; rank < merges.Length; rank++)
        {
            ids[merges[rank].Replace(" ", string.Empty, StringComparison.Ordinal)] = 512 + rank;
        }

        return BpeTokenizer.Create(
            new BpeOptions(ids)
            {
                Merges = merges,
                ByteLevel = true,
                EndOfWordSuffix = "</w>",
            }
        );
    }
}
