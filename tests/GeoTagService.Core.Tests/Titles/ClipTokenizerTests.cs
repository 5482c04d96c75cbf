using CsCheck;
using GeoTagService.Core.Titles;
using static GeoTagService.Core.Tests.Titles.SmallVocabulary;

namespace GeoTagService.Core.Tests.Titles;

public sealed class ClipTokenizerTests
{
    [Fact]
    public void EmptyTitle_IsStartAndEnd()
    {
        var title = Tokenizer().Encode(string.Empty);

        Assert.Equal([Start, End], title.Ids.ToArray());
        Assert.False(title.Truncated);
        Assert.Equal(string.Empty, title.Cleaned);
    }

    [Fact]
    public void Words_MergeByRank()
    {
        // "the" is th + e</w>; in "cat" at has the lowest rank, but t ends the word, so ca + t</w> it is.
        var title = Tokenizer().Encode(" The   CAT ");

        Assert.Equal([Start, Merged(1), Merged(7), End], title.Ids.ToArray());
        Assert.Equal("The CAT", title.Cleaned);
    }

    [Fact]
    public void UnknownCharacter_IsItsBytes()
    {
        // U+0142 is C5 82; byte 82 is not printable and so comes after the 188 that are.
        var title = Tokenizer().Encode("ł");

        Assert.Equal([Start, 0xC5 - 0xAE + 94 + 12, 256 + 188 + 33 + 1 + 2, End], title.Ids.ToArray());
    }

    [Fact]
    public void RepeatedPair_MergesFromTheLeft()
    {
        // aaaaa: aa aa a</w>, then aaaa a</w>.
        Assert.Equal([Start, Merged(5), LastLetter('a'), End], Tokenizer().Encode("aaaaa").Ids.ToArray());
    }

    [Fact]
    public void TooLongTitle_IsCutBeforeTheEndToken()
    {
        var title = Tokenizer(contextLength: 4).Encode("the the the");

        Assert.Equal([Start, Merged(1), Merged(1), End], title.Ids.ToArray());
        Assert.True(title.Truncated);
    }

    [Fact]
    public void TitleThatJustFits_IsNotTruncated()
    {
        var title = Tokenizer(contextLength: 4).Encode("the the");

        Assert.Equal(4, title.Ids.Length);
        Assert.False(title.Truncated);
    }

    [Theory]
    [InlineData("<|endoftext|>")]
    [InlineData("<|EndOfText|>")]
    [InlineData("&lt;|endoftext|&gt;")]
    public void EndTokensText_IsTheEndToken(string text)
    {
        Assert.Equal([Start, End, Merged(1), End], Tokenizer().Encode(text + "the").Ids.ToArray());
    }

    [Fact]
    public void StartTokensText_IsTheStartToken()
    {
        Assert.Equal([Start, Start, End], Tokenizer().Encode("<|startoftext|>").Ids.ToArray());
    }

    [Fact]
    public void OtherSpecialTokens_AreUsedWhereGiven()
    {
        var tokenizer = ClipTokenizer.Load(File(Merges), VocabularySize, 8, startToken: 5, endToken: 2);

        Assert.Equal([5, Merged(1), 2], tokenizer.Encode("the").Ids.ToArray());
        Assert.Equal(
            (5, 2, VocabularySize, 8),
            (tokenizer.StartToken, tokenizer.EndToken, tokenizer.VocabularySize, tokenizer.ContextLength)
        );
    }

    [Fact]
    public void GzippedMerges_AreReadAsPlainOnes()
    {
        var tokenizer = ClipTokenizer.Load(Gzipped(File(Merges)), VocabularySize, 16);

        Assert.Equal(Tokenizer().Encode("the cat").Ids.ToArray(), tokenizer.Encode("the cat").Ids.ToArray());
    }

    [Fact]
    public void LinesBeyondTheVocabulary_AreNotRead()
    {
        var tokenizer = ClipTokenizer.Load(File([.. Merges, "not a merge at all"]), VocabularySize, 16);

        Assert.Equal([Start, Merged(1), End], tokenizer.Encode("the").Ids.ToArray());
    }

    [Fact]
    public void TooFewMerges_AreRefused()
    {
        var error = Assert.Throws<InvalidDataException>(() => ClipTokenizer.Load(File(Merges), VocabularySize + 1, 16));

        Assert.Contains("has 8 merges", error.Message, StringComparison.Ordinal);
        Assert.Contains("needs 9", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t", "not two symbols")]
    [InlineData("t h e", "not two symbols")]
    [InlineData(" t", "not two symbols")]
    [InlineData("t ", "not two symbols")]
    [InlineData("t xy", "no earlier line makes")]
    public void MalformedLine_IsRefusedByNumber(string line, string reason)
    {
        var error = Assert.Throws<InvalidDataException>(() => ClipTokenizer.Load(File("a t", line), 516, 16));

        Assert.Contains("Line 3", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EmptyFile_IsRefused()
    {
        Assert.Throws<InvalidDataException>(() => ClipTokenizer.Load(new MemoryStream(), 514, 16));
    }

    [Fact]
    public void BinaryFile_IsRefused()
    {
        Assert.Throws<InvalidDataException>(() =>
            ClipTokenizer.Load(new MemoryStream([0xFF, 0xFE, 0x80, 0x0A, 0xC3, 0x28, 0x0A]), 515, 16)
        );
    }

    [Fact]
    public void DamagedGzip_IsRefused()
    {
        var file = Gzipped(File(Merges)).ToArray();

        Assert.Throws<InvalidDataException>(() => ClipTokenizer.Load(new MemoryStream(file[..20]), VocabularySize, 16));
    }

    [Theory]
    [InlineData(513, 16, null, null)]
    [InlineData(1 << 21, 16, null, null)]
    [InlineData(522, 1, null, null)]
    [InlineData(522, 16, 522, null)]
    [InlineData(522, 16, null, -1)]
    [InlineData(522, 16, 7, 7)]
    public void SizesOutOfRange_AreRefused(int vocabulary, int context, int? start, int? end)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ClipTokenizer.Load(File(Merges), vocabulary, context, start, end));
    }

    [Fact]
    public void AnyString_GivesAFramedTitleWithinTheContext()
    {
        var tokenizer = Tokenizer(contextLength: 12);
        Gen.String[Gen.Char, 0, 60]
            .Sample(text =>
            {
                var title = tokenizer.Encode(text);
                var ids = title.Ids.Span;
                Assert.InRange(ids.Length, 2, 12);
                Assert.Equal(Start, ids[0]);
                Assert.Equal(End, ids[^1]);
                foreach (var id in ids)
                {
                    Assert.InRange(id, 0, VocabularySize - 1);
                }
            });
    }

    [Fact]
    public void CleanedTitle_GivesTheSameIds()
    {
        // Plain text: of markup, cleaning again could take another layer off.
        var tokenizer = Tokenizer(contextLength: 40);
        Gen.String[Gen.Char[" thecat\tAZ019.,-'éŷŴ“’–ﬁ\u0301"], 0, 30]
            .Sample(text =>
            {
                var title = tokenizer.Encode(text);

                Assert.Equal(title.Ids.ToArray(), tokenizer.Encode(title.Cleaned).Ids.ToArray());
            });
    }

    [Fact]
    public void TitleBeyondTheLimit_IsCutAndSaysSo()
    {
        var title = Tokenizer().Encode("the" + new string(' ', ClipTokenizer.MaxTitleLength) + "the");

        Assert.Equal([Start, Merged(1), End], title.Ids.ToArray());
        Assert.True(title.Truncated);
    }

    [Fact]
    public async Task ManyThreads_GetTheSameIds()
    {
        var tokenizer = Tokenizer();
        var expected = tokenizer.Encode("the “cat” &amp; thé").Ids.ToArray();

        var results = await Task.WhenAll(
            Enumerable.Range(0, 64).Select(_ => Task.Run(() => tokenizer.Encode("the “cat” &amp; thé").Ids.ToArray()))
        );

        Assert.All(results, ids => Assert.Equal(expected, ids));
    }
}
