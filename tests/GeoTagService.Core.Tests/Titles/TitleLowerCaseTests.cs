using GeoTagService.Core.Titles;

namespace GeoTagService.Core.Tests.Titles;

public sealed class TitleLowerCaseTests
{
    [Theory]
    [InlineData("Ŵ ŷ Þ", "ŵ ŷ þ")]
    [InlineData("ΟΔΟΣ ΣΟΦΙΑΣ", "οδος σοφιας")]
    [InlineData("Σ", "σ")]
    [InlineData("ΑΣ.", "ας.")]
    [InlineData("ΑΣ.Α", "ασ.α")]
    [InlineData("Α\u0301Σ\u0301", "α\u0301ς\u0301")]
    [InlineData("1Σ", "1σ")]
    [InlineData("İzmir", "i\u0307zmir")]
    [InlineData("ẞ", "ß")]
    [InlineData("𐐀", "𐐨")]
    [InlineData("Ⅻ Ⓐ", "ⅻ ⓐ")]
    public void Text_IsLowerCasedAsPythonDoes(string text, string expected)
    {
        var buffer = new char[TitleLowerCase.MaxLength(text)];

        Assert.Equal(expected, new string(buffer, 0, TitleLowerCase.Write(text, buffer)));
    }
}
