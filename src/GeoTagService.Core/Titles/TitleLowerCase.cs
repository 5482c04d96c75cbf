using System.Globalization;
using System.Text;

namespace GeoTagService.Core.Titles;

/// <summary>
/// Lower-casing as Python's <c>str.lower</c> does it, Unicode's full mapping: capital sigma becomes ς at the end of a
/// word, and the dotted capital I becomes an i and a combining dot. Everything else maps one to one.
/// </summary>
internal static class TitleLowerCase
{
    private const char CapitalSigma = '\u03A3';
    private const char SmallSigma = '\u03C3';
    private const char FinalSigma = '\u03C2';
    private const char DottedCapitalI = '\u0130';
    private const char CombiningDotAbove = '\u0307';

    /// <summary>The most characters that the lower-case text can have.</summary>
    public static int MaxLength(ReadOnlySpan<char> text) => text.Length + text.Count(DottedCapitalI);

    /// <summary>Writes the lower-case text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> characters.</param>
    /// <returns>How many characters were written.</returns>
    public static int Write(ReadOnlySpan<char> text, Span<char> destination)
    {
        if (!text.ContainsAny(CapitalSigma, DottedCapitalI))
        {
            return text.ToLowerInvariant(destination);
        }

        var written = 0;
        var done = 0;
        while (text[done..].IndexOfAny(CapitalSigma, DottedCapitalI) is >= 0 and var found)
        {
            var at = done + found;
            written += text[done..at].ToLowerInvariant(destination[written..]);
            if (text[at] == DottedCapitalI)
            {
                destination[written++] = 'i';
                destination[written++] = CombiningDotAbove;
            }
            else
            {
                destination[written++] = EndsWord(text, at) ? FinalSigma : SmallSigma;
            }

            done = at + 1;
        }

        return written + text[done..].ToLowerInvariant(destination[written..]);
    }

    // Unicode's Final_Sigma: a cased letter before, none after; characters that case ignores do not count.
    private static bool EndsWord(ReadOnlySpan<char> text, int sigma) =>
        HasCasedBefore(text[..sigma]) && !HasCasedAfter(text[(sigma + 1)..]);

    private static bool HasCasedBefore(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            _ = Rune.DecodeLastFromUtf16(text, out var rune, out var length);
            if (!IsCaseIgnorable(rune))
            {
                return IsCased(rune);
            }

            text = text[..^length];
        }

        return false;
    }

    private static bool HasCasedAfter(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            _ = Rune.DecodeFromUtf16(text, out var rune, out var length);
            if (!IsCaseIgnorable(rune))
            {
                return IsCased(rune);
            }

            text = text[length..];
        }

        return false;
    }

    // Unicode's Cased: letters with case, and a few signs made of such letters (Other_Lowercase, Other_Uppercase).
    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter => true,
            UnicodeCategory.OtherLetter => rune.Value is 0xAA or 0xBA,
            UnicodeCategory.LetterNumber => rune.Value is >= 0x2160 and <= 0x217F,
            UnicodeCategory.OtherSymbol => rune.Value
                is (>= 0x24B6 and <= 0x24E9)
                    or (>= 0x1F130 and <= 0x1F149)
                    or (>= 0x1F150 and <= 0x1F169)
                    or (>= 0x1F170 and <= 0x1F189),
            _ => false,
        };

    // Unicode's Case_Ignorable: marks, format characters, modifiers, and the punctuation found inside words.
    private static bool IsCaseIgnorable(Rune rune) =>
        Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.NonSpacingMark
            or UnicodeCategory.EnclosingMark
            or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter
            or UnicodeCategory.ModifierSymbol => true,
            _ => rune.Value
                is '\''
                    or '.'
                    or ':'
                    or 0xB7
                    or 0x387
                    or 0x55F
                    or 0x5F4
                    or 0x2018
                    or 0x2019
                    or 0x2024
                    or 0x2027
                    or 0xFE13
                    or 0xFE52
                    or 0xFE55
                    or 0xFF07
                    or 0xFF0E
                    or 0xFF1A,
        };
}
