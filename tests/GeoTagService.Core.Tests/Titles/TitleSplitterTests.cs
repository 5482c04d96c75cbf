using GeoTagService.Core.Titles;

namespace GeoTagService.Core.Tests.Titles;

public sealed class TitleSplitterTests
{
    [Theory]
    [InlineData("st mary's church", "st|mary|'s|church")]
    [InlineData("'stable", "'s|table")]
    [InlineData("they've i'm we're he'd i'll don't", "they|'ve|i|'m|we|'re|he|'d|i|'ll|don|'t")]
    [InlineData("'n'", "'|n|'")]
    [InlineData("rock'n'roll", "rock|'|n|'|roll")]
    [InlineData("a1b22", "a|1|b|2|2")]
    [InlineData("half-way (!) --", "half|-|way|(!)|--")]
    [InlineData("!'s", "!'|s")]
    [InlineData("½²", "½|²")]
    [InlineData("\u216Bx", "\u216B|x")]
    [InlineData("𐐨𐐩 deseret", "𐐨𐐩|deseret")]
    [InlineData("a\u00A0b\u2028c", "a|b|c")]
    [InlineData("'\u017Fx", "'\u017F|x")]
    [InlineData("<|\u017Ftartoftext|>x", "<|\u017Ftartoftext|>|x")]
    [InlineData("a\u0345b", "a|b")]
    [InlineData("\u0E01\u0E33\u0E48", "\u0E01\u0E33|\u0E48")]
    [InlineData("x<|endoftext|", "x|<||endoftext||")]
    [InlineData(" ", "")]
    public void Title_IsCutAsThePatternCutsIt(string title, string words)
    {
        var found = new List<string>();
        var splitter = new TitleSplitter(title);
        while (splitter.MoveNext())
        {
            Assert.Equal(TitleWordKind.Text, splitter.Kind);
            found.Add(splitter.Word.ToString());
        }

        Assert.Equal(words, string.Join('|', found));
    }

    [Fact]
    public void SpecialTokens_AreOnlySeenWhereAWordBegins()
    {
        var kinds = new List<TitleWordKind>();
        var splitter = new TitleSplitter("a<|endoftext|><|startoftext|>!<|endoftext|>");
        while (splitter.MoveNext())
        {
            kinds.Add(splitter.Kind);
        }

        // The exclamation mark takes the bracket and the bar with it.
        Assert.Equal(
            [TitleWordKind.Text, TitleWordKind.End, TitleWordKind.Start, TitleWordKind.Text, TitleWordKind.Text, TitleWordKind.Text],
            kinds
        );
    }
}
