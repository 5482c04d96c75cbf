using System.Buffers;
using System.Text;

namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>Steps of title clean-up that put one character for another. Each gives back the text itself where it finds
/// nothing to do.</summary>
internal static class CharacterRepair
{
    private const char FirstFullWidth = '\uFF01';
    private const char LastFullWidth = '\uFF5E';
    private const char FirstHalfWidth = '\uFF5F';
    private const char LastHalfWidth = '\uFFEE';
    private const char WideSpace = '\u3000';
    private const char WideMacron = '\uFFE3';

    // What U+FF5F to U+FFEE stand for: brackets, half-width katakana and hangul, signs. A dash where nothing does.
    private const string HalfWidth =
        "\u2985\u2986\u3002\u300C\u300D\u3001\u30FB\u30F2\u30A1\u30A3\u30A5\u30A7\u30A9\u30E3\u30E5\u30E7"
        + "\u30C3\u30FC\u30A2\u30A4\u30A6\u30A8\u30AA\u30AB\u30AD\u30AF\u30B1\u30B3\u30B5\u30B7\u30B9\u30BB"
        + "\u30BD\u30BF\u30C1\u30C4\u30C6\u30C8\u30CA\u30CB\u30CC\u30CD\u30CE\u30CF\u30D2\u30D5\u30D8\u30DB"
        + "\u30DE\u30DF\u30E0\u30E1\u30E2\u30E4\u30E6\u30E8\u30E9\u30EA\u30EB\u30EC\u30ED\u30EF\u30F3\u3099"
        + "\u309A\u1160\u1100\u1101\u11AA\u1102\u11AC\u11AD\u1103\u1104\u1105\u11B0\u11B1\u11B2\u11B3\u11B4"
        + "\u11B5\u111A\u1106\u1107\u1108\u1121\u1109\u110A\u110B\u110C\u110D\u110E\u110F\u1110\u1111\u1112"
        + "---\u1161\u1162\u1163\u1164\u1165\u1166--\u1167\u1168\u1169\u116A\u116B\u116C"
        + "--\u116D\u116E\u116F\u1170\u1171\u1172--\u1173\u1174\u1175---"
        + "\u00A2\u00A3\u00AC-\u00A6\u00A5\u20A9-\u2502\u2190\u2191\u2192\u2193\u25A0\u25CB";

    private static readonly SearchValues<char> Ligatures = SearchValues.Create([
        '\u0132',
        '\u0133',
        '\u0149',
        .. Range('\u01C4', '\u01CC'),
        .. Range('\u01F1', '\u01F3'),
        .. Range('\uFB00', '\uFB06'),
    ]);

    private static readonly SearchValues<char> OtherWidths = SearchValues.Create([WideSpace, .. Range(FirstFullWidth, LastHalfWidth)]);

    private static readonly SearchValues<char> CurlyQuotes = SearchValues.Create("‘’‚‛“”„‟\u02BC");
    private static readonly SearchValues<char> LineBreaks = SearchValues.Create("\r\u0085\u2028\u2029");

    private static readonly SearchValues<char> Controls = SearchValues.Create([
        .. Range('\0', '\u0008'),
        '\u000B',
        .. Range('\u000E', '\u001F'),
        '\u007F',
        .. Range('\u206A', '\u206F'),
        '\uFEFF',
        .. Range('\uFFF9', '\uFFFC'),
    ]);

    /// <summary>Writes out ligatures and digraphs of Latin letters: ﬁ as fi, Ĳ as IJ, ŉ as ʼn.</summary>
    public static string SplitLigatures(string text) =>
        Replace(
            text,
            Ligatures,
            static (character, output) =>
                output.Append(
                    character switch
                    {
                        '\u0132' => "IJ",
                        '\u0133' => "ij",
                        '\u0149' => "\u02BCn",
                        '\u01C4' => "D\u017D",
                        '\u01C5' => "D\u017E",
                        '\u01C6' => "d\u017E",
                        '\u01C7' => "LJ",
                        '\u01C8' => "Lj",
                        '\u01C9' => "lj",
                        '\u01CA' => "NJ",
                        '\u01CB' => "Nj",
                        '\u01CC' => "nj",
                        '\u01F1' => "DZ",
                        '\u01F2' => "Dz",
                        '\u01F3' => "dz",
                        '\uFB00' => "ff",
                        '\uFB01' => "fi",
                        '\uFB02' => "fl",
                        '\uFB03' => "ffi",
                        '\uFB04' => "ffl",
                        '\uFB05' => "\u017Ft",
                        _ => "st",
                    }
                )
        );

    /// <summary>Gives full-width and half-width characters their ordinary width, the ideographic space too.</summary>
    public static string RestoreWidth(string text) =>
        Replace(
            text,
            OtherWidths,
            static (character, output) =>
            {
                if (character == WideMacron)
                {
                    output.Append(" \u0304");
                }
                else
                {
                    output.Append(OrdinaryWidth(character));
                }
            }
        );

    /// <summary>Makes curly and low quotation marks straight.</summary>
    public static string StraightenQuotes(string text) =>
        Replace(text, CurlyQuotes, static (character, output) => output.Append(character is >= '\u201C' and <= '\u201F' ? '"' : '\''));

    /// <summary>Makes every kind of line break a line feed.</summary>
    public static string UnifyLineBreaks(string text) =>
        Replace(text.Replace("\r\n", "\n", StringComparison.Ordinal), LineBreaks, static (_, output) => output.Append('\n'));

    /// <summary>Puts U+FFFD for surrogates that have no partner.</summary>
    public static string ReplaceLoneSurrogates(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return text;
        }

        var output = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            output.Append(rune.ToString());
        }

        return output.ToString();
    }

    /// <summary>Removes the sequences that colour text on terminals: escape, bracket, numbers, a letter.</summary>
    public static string RemoveTerminalEscapes(string text)
    {
        const string Introducer = "\u001B[";
        var at = text.IndexOf(Introducer, StringComparison.Ordinal);
        if (at < 0)
        {
            return text;
        }

        var output = new StringBuilder(text.Length);
        var done = 0;
        while (at >= 0)
        {
            var end = at + Introducer.Length;
            while (end < text.Length && (char.IsDigit(text[end]) || text[end] == ';'))
            {
                end++;
            }

            if (end < text.Length && char.IsAsciiLetter(text[end]))
            {
                output.Append(text, done, at - done);
                done = end + 1;
            }

            at = text.IndexOf(Introducer, end, StringComparison.Ordinal);
        }

        return output.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>Removes control characters that mean nothing in a text, the byte order mark, and marks of interlinear
    /// notes and objects.</summary>
    public static string RemoveControls(string text) => Replace(text, Controls, static (_, _) => { });

    private static char OrdinaryWidth(char character)
    {
        const int FullWidthOffset = FirstFullWidth - '!';
        return character switch
        {
            WideSpace => ' ',
            >= FirstFullWidth and <= LastFullWidth => (char)(character - FullWidthOffset),
            >= FirstHalfWidth and <= LastHalfWidth when HalfWidth[character - FirstHalfWidth] != '-' => HalfWidth[
                character - FirstHalfWidth
            ],
            _ => character,
        };
    }

    private static string Replace(string text, SearchValues<char> wanted, Action<char, StringBuilder> write)
    {
        var at = text.AsSpan().IndexOfAny(wanted);
        if (at < 0)
        {
            return text;
        }

        var output = new StringBuilder(text.Length + 8).Append(text, 0, at);
        foreach (var character in text.AsSpan(at))
        {
            if (wanted.Contains(character))
            {
                write(character, output);
            }
            else
            {
                output.Append(character);
            }
        }

        return output.ToString();
    }

    private static IEnumerable<char> Range(char first, char last) => Enumerable.Range(first, last - first + 1).Select(code => (char)code);
}
