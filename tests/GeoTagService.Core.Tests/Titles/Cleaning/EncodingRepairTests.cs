using GeoTagService.Core.Titles.Cleaning;

namespace GeoTagService.Core.Tests.Titles.Cleaning;

public sealed class EncodingRepairTests
{
    [Theory]
    [InlineData("HÃ´tel de Police", "Hôtel de Police")]
    [InlineData("dvoÅ™Ã¡k", "dvořák")]
    [InlineData("LiĂ¨ge Avenue de l'HĂ´pital", "Liège Avenue de l'Hôpital")]
    [InlineData("Blog вЂ“ Email", "Blog – Email")]
    [InlineData("SaeimƒÅ ievƒìlƒìtƒÅs", "Saeimā ievēlētās")]
    [InlineData("Tiß║┐ng Viß╗çt", "Tiếng Việt")]
    [InlineData("Ø±Ø³Ø§Ù„Ø©", "رسالة")]
    [InlineData("×‘×”×•×“×¢×”", "בהודעה")]
    [InlineData("Iggy Pop (nÃƒÂ© Jim)", "Iggy Pop (né Jim)")]
    [InlineData("com atenÃ§Ã£o Ã s crianÃ§as", "com atenção às crianças")]
    [InlineData("III DivisÃ£o - Classificação", "III Divisão - Classificação")]
    [InlineData("Ă\uFFFDfrica AmĂ©rica", "\uFFFDfrica América")]
    [InlineData("from â€œbbâ€?", "from “bb\uFFFD")]
    public void GarbledText_IsRepaired(string text, string expected)
    {
        Assert.Equal(expected, EncodingRepair.Repair(text));
    }

    [Theory]
    [InlineData("NESTLÉ® requiere")]
    [InlineData("RETWEET SE VOCÊ…")]
    [InlineData("AHÅ™, the new sofa")]
    [InlineData("SELKÄ\u00A0EDELLÄ")]
    [InlineData("5×£35 pin ups")]
    [InlineData("C O N C L U S Ã O")]
    [InlineData("ПоздравЂаво")]
    [InlineData("( o¬ô )")]
    [InlineData("├┤a┼┐a")]
    [InlineData("DrÃ¥ber – two ways to read it")]
    [InlineData("half a letter: â€")]
    public void TextThatPeopleWrite_IsLeftAlone(string text)
    {
        Assert.Equal(text, EncodingRepair.Repair(text));
    }

    [Fact]
    public void Controls_AreRereadWhereTheyMeanSomething()
    {
        Assert.Equal("“\u0081…", EncodingRepair.RereadControls("\u0093\u0081\u0085"));
    }

    [Fact]
    public void Encodings_GiveBackEveryByte()
    {
        foreach (var encoding in SingleByteEncoding.ByLikelihood)
        {
            var upper = Enumerable.Range(0x80, 0x80).Select(value => (byte)value).ToArray();

            Assert.Equal(upper, encoding.TryEncode(string.Concat(upper.Select(encoding.Decode))));
            Assert.Null(encoding.TryEncode("東"));
        }
    }

    [Fact]
    public void PartsOfMisreadLetters_DoNotOverlap()
    {
        for (var code = 0x80; code <= char.MaxValue; code++)
        {
            var character = (char)code;
            var parts = new[] { GarbleAlphabet.FirstOfTwo, GarbleAlphabet.FirstOfThree, GarbleAlphabet.FirstOfFour }.Count(part =>
                part.Contains(character)
            );

            Assert.InRange(parts, 0, 1);
        }
    }
}
