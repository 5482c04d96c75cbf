using CsCheck;
using GeoTagService.Core.Titles;

namespace GeoTagService.Core.Tests.Titles;

public sealed class TitleCleanerTests
{
    [Theory]
    [InlineData("Plain title", "Plain title")]
    [InlineData("  two\t words \n", "two words")]
    [InlineData("\u3000wide\u00A0space\u2028", "wide space")]
    [InlineData("&nbsp;padded&nbsp;", "padded")]
    [InlineData("St Mary&#8217;s &amp; St John&rsquo;s", "St Mary's & St John's")]
    [InlineData("Fox &amp;amp;amp;amp; Hounds", "Fox & Hounds")]
    [InlineData("caf&EACUTE;", "cafÉ")]
    [InlineData("&copy 2005 &notit", "© 2005 ¬it")]
    [InlineData("10Î&frac14;s", "10μs")]
    [InlineData("GÅµyl â€“ LlÅ·n", "Gŵyl – Llŷn")]
    [InlineData("St Maryâ€™s", "St Mary's")]
    [InlineData("St MaryÃ¢â‚¬â„¢s", "St Mary's")]
    [InlineData("Stra√üe", "Straße")]
    [InlineData("voilÃ le travail", "voilà le travail")]
    [InlineData("â€œlossy decodingâ€\uFFFD", "\"lossy decoding\uFFFD")]
    [InlineData("Hi guys í\u00A0½í¸\u008D", "Hi guys 😍")]
    [InlineData("IL Y MARQUÉ…", "IL Y MARQUÉ…")]
    [InlineData("Bront\u00EB…”", "Bront\u00EB…\"")]
    [InlineData("\u0093dbl\u0094 \u0096", "\"dbl\" –")]
    [InlineData("esc\u001B[31mred\u001B[0m", "escred")]
    [InlineData("bell\u0007 \uFEFFmark", "bell mark")]
    [InlineData("waﬄe Ǆ ŉ", "waffle DŽ 'n")]
    [InlineData("ＳＴ　ＭＡＲＹ ｶﾞ", "ST MARY ガ")]
    [InlineData("“a” ‘b’ „c‟ ‛d", "\"a\" 'b' \"c\" 'd")]
    [InlineData("one\r\ntwo\rthree\u2029four", "one two three four")]
    [InlineData("cafe\u0301", "café")]
    public void Title_IsCleanedAsTheReferenceDoes(string title, string expected)
    {
        Assert.Equal(expected, TitleCleaner.Clean(title));
    }

    [Fact]
    public void LoneSurrogates_BecomeReplacementCharacters()
    {
        // Not as theory data: attributes are stored in UTF-8, which has no lone surrogates.
        Assert.Equal("\uFFFD and \uFFFD 😀", TitleCleaner.Clean("\uD83D and \uDE00 \uD83D\uDE00"));
    }

    [Fact]
    public void LineWithAngleBracket_KeepsCurlyQuoteOfAReference()
    {
        // Taken for HTML, the line is not unescaped until its quotes have been straightened.
        Assert.Equal("<b>St Mary’s</b> & x", TitleCleaner.Clean("<b>St Mary&rsquo;s</b> &amp; x"));
        Assert.Equal("it's <b>it’s", TitleCleaner.Clean("it&rsquo;s\n<b>it&rsquo;s"));
    }

    [Fact]
    public void GarbledLine_DoesNotMakeAnotherLineGarbled()
    {
        Assert.Equal("é Ã", TitleCleaner.Clean("Ã©\nÃ"));
    }

    [Fact]
    public void PlainTitle_IsReturnedAsItIs()
    {
        const string Title = "Footpath to Scafell Pike from Wasdale Head";

        Assert.Same(Title, TitleCleaner.Clean(Title));
    }

    [Fact]
    public void AnyString_BecomesWellFormedTrimmedText()
    {
        Gen.String[Gen.Char, 0, 80]
            .Sample(text =>
            {
                var cleaned = TitleCleaner.Clean(text);

                Assert.Equal(cleaned, string.Concat(cleaned.EnumerateRunes()));
                Assert.DoesNotContain("  ", cleaned, StringComparison.Ordinal);
                Assert.Equal(cleaned.Trim(), cleaned);
            });
    }

    [Fact]
    public void GarblingOnceOrTwice_IsUndone()
    {
        // Letters whose UTF-8 no encoding turns into something that people write.
        string[] places = ["Bodmin Moor", "Sgùrr nan Gillean", "naïve façade", "Ynys Môn", "Hergé", "O’Neill – pub"];
        var words = Gen.Int[0, places.Length - 1].Select(i => places[i]);
        Gen.Select(words, words, Gen.Bool)
            .Sample(
                (first, second, twice) =>
                {
                    var title = $"{first}, {second}";
                    var garbled = Garble(title);

                    Assert.Equal(TitleCleaner.Clean(title), TitleCleaner.Clean(twice ? Garble(garbled) : garbled));
                }
            );
    }

    // UTF-8 read as Windows-1252, its unassigned bytes as controls.
    private static string Garble(string text) =>
        string.Concat(
            System
                .Text.Encoding.UTF8.GetBytes(text)
                .Select(value => value < 0x80 ? (char)value : Core.Titles.Cleaning.SingleByteEncoding.Windows1252.Decode(value))
        );
}
