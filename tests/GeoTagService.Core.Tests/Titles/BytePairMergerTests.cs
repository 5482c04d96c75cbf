using CsCheck;
using GeoTagService.Core.Titles.BytePairs;
using static GeoTagService.Core.Tests.Titles.SmallVocabulary;

namespace GeoTagService.Core.Tests.Titles;

public sealed class BytePairMergerTests
{
    [Fact]
    public void LongWord_MergesAsAShortOne()
    {
        var vocabulary = Vocabulary();
        Gen.Char["thecatx"]
            .Array[2, 300]
            .Sample(letters =>
            {
                var scanned = Symbols(letters);
                var sifted = Symbols(letters);

                var scannedCount = BytePairMerger.Scan(scanned, vocabulary);
                var siftedCount = LongWord.Merge(sifted, vocabulary);

                Assert.Equal(scanned[..scannedCount], sifted[..siftedCount]);
            });
    }

    [Fact]
    public void ScanLimit_DividesTheTwoWaysWithoutASeam()
    {
        var vocabulary = Vocabulary();
        foreach (var length in new[] { BytePairMerger.ScanLimit, BytePairMerger.ScanLimit + 1 })
        {
            var word = Enumerable.Repeat((byte)'a', length).ToArray();
            var symbols = new int[length];

            var count = BytePairMerger.Merge(word, vocabulary, symbols);

            // Pairs of pairs, and what is left over.
            Assert.Equal(Merged(5), symbols[0]);
            Assert.Equal(LastLetter('a'), symbols[count - 1]);
        }
    }

    [Fact]
    public void PairsOfOneRank_AllMergeBeforeWhatTheyMake()
    {
        // Line 3 makes again what line 1 makes. Its rank is later than that of a merge of the result.
        var vocabulary = BytePairVocabulary.Read(File("a b", "ab ab", "a b"), 517);
        int[] scanned = [Letter('a'), Letter('b'), Letter('a'), Letter('b'), Letter('x')];
        int[] sifted = [.. scanned];

        var count = BytePairMerger.Scan(scanned, vocabulary);
        Assert.Equal(count, LongWord.Merge(sifted, vocabulary));

        Assert.Equal([Merged(1), Letter('x')], scanned[..count]);
        Assert.Equal(scanned[..count], sifted[..count]);
    }

    [Fact]
    public void Ranks_AreFoundForTheirPairsOnly()
    {
        var ranks = new PairRanks(1000);
        for (var i = 0; i < 1000; i++)
        {
            ranks.Set(i, i * 7, i);
        }

        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(i, ranks.Find(i, i * 7));
            Assert.Equal(PairRanks.None, ranks.Find(i, (i * 7) + 1));
        }
    }

    private static int[] Symbols(char[] letters)
    {
        var symbols = letters.Select(Letter).ToArray();
        symbols[^1] += BytePairVocabulary.EndOfWordOffset;
        return symbols;
    }
}
