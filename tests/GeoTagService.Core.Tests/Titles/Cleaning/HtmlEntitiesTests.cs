using GeoTagService.Core.Titles.Cleaning;

namespace GeoTagService.Core.Tests.Titles.Cleaning;

public sealed class HtmlEntitiesTests
{
    [Theory]
    [InlineData("&amp &amp; &AMP", "& & &")]
    [InlineData("&notit; &notin;", "¬it; ∉")]
    [InlineData("&Aacutex", "Áx")]
    [InlineData("&NotEqualTilde;", "\u2242\u0338")]
    [InlineData("&unknown; &b; && & &;", "&unknown; &b; && & &;")]
    [InlineData("&#65;&#65&#x41;&#X41;", "AAAA")]
    [InlineData("&#0;&#xD800;&#x110000;&#99999999999999999999;", "\uFFFD\uFFFD\uFFFD\uFFFD")]
    [InlineData("&#128;&#150;&#x81;", "€–\u0081")]
    [InlineData("&#1;&#x7F;&#xFDD0;&#x1FFFE;", "")]
    [InlineData("&#13;&#9;", "\r\t")]
    [InlineData("&#;&#x;&#xg;", "&#;&#x;&#xg;")]
    [InlineData("&#128512;", "😀")]
    public void Text_IsUnescapedAsBrowsersDo(string text, string expected)
    {
        Assert.Equal(expected, HtmlEntities.Unescape(text));
    }

    [Theory]
    [InlineData("&amp; &amp", "& &amp")]
    [InlineData("&EACUTE; &SZLIG; &FFLIG;", "É SS FF")]
    [InlineData("&LTDOT;", "&LTDOT;")]
    [InlineData("&#65; &#65", "A &#65")]
    [InlineData("&#65a; &#x3B;", "&#65a; &#x3B;")]
    [InlineData("&notit;", "&notit;")]
    public void WholeReferencesOnly_AreUnescapedStrictly(string text, string expected)
    {
        Assert.Equal(expected, HtmlEntities.UnescapeStrictly(text));
    }

    [Fact]
    public void TextWithoutReferences_IsReturnedAsItIs()
    {
        const string Text = "R&D, AT&T";

        Assert.Same(Text, HtmlEntities.Unescape(Text));
    }
}
