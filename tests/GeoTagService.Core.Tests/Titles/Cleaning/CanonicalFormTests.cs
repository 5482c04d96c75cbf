using GeoTagService.Core.Titles.Cleaning;

namespace GeoTagService.Core.Tests.Titles.Cleaning;

/// <summary>Composition works in a process without ICU, as all of them are here.</summary>
public sealed class CanonicalFormTests
{
    [Fact]
    public void Process_HasNoIcu()
    {
        Assert.True(AppContext.TryGetSwitch("System.Globalization.Invariant", out var isInvariant) && isInvariant);
    }

    [Theory]
    [InlineData("cafe\u0301", "caf\u00E9")]
    [InlineData("e\u0302\u0323", "\u1EC7")]
    [InlineData("s\u0323\u0307", "\u1E69")]
    [InlineData("o\u0308\u0304", "\u022B")]
    [InlineData("\u212B \u2126 \u212A", "\u00C5 \u03A9 K")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\uD558\u11AB", "\uD55C")]
    [InlineData("\u1112\u0301\u1161", "\u1112\u0301\u1161")]
    [InlineData("\u09C7\u09BE", "\u09CB")]
    [InlineData("\U00011131\U00011127", "\U0001112E")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u0301a", "\u0301a")]
    [InlineData("a\u0327\u0301", "\u00E1\u0327")]
    [InlineData("\u0592\u05B7\u05BC\u05A5\u05B0", "\u05B0\u05B7\u05BC\u05A5\u0592")]
    [InlineData("ガ 東京 😀", "ガ 東京 😀")]
    public void Text_IsComposed(string text, string expected)
    {
        Assert.Equal(expected, CanonicalForm.Compose(text));
        Assert.Equal(expected, CanonicalForm.Compose(expected));
    }

    [Fact]
    public void EverySyllable_ComposesFromItsParts()
    {
        for (var code = 0xAC00; code <= 0xD7A3; code++)
        {
            Assert.True(HangulSyllables.TryDecompose(code, out var first, out var second));
            Assert.True(HangulSyllables.TryCompose(first, second, out var syllable));
            Assert.Equal(code, syllable);
        }
    }
}
