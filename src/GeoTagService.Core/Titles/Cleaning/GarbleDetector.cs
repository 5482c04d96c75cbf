using System.Globalization;
using System.Text;

namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>
/// Tells whether a text looks like UTF-8 that was misread. The idea is ftfy's: misread letters come in sequences that
/// people do not write, such as a small accented letter before a currency sign. Errs towards leaving text alone.
/// </summary>
internal static class GarbleDetector
{
    private const GarbleKinds Accented = GarbleKinds.AccentedUpper | GarbleKinds.AccentedLower;
    private const GarbleKinds Quotes = GarbleKinds.Opening | GarbleKinds.Closing;

    // What Windows-1252 makes of À to ÿ, of Greek and of Cyrillic begins with one of these.
    private const string WesternLeads = "ÂÃÎÐ";
    private const string WesternTails = "€œŠš¢£Ÿž\u00A0\u00AD®©°·»–—´";

    /// <summary>Whether any sequence of the text is one that people do not write.</summary>
    public static bool LooksGarbled(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] >= 0x80 && (IsOddPair(text, i) || IsOddInContext(text, i) || IsKnownSequence(text, i)))
            {
                return true;
            }
        }

        return false;
    }

    // The kinds that people do not write directly after a character of this kind.
    private static GarbleKinds OddAfter(GarbleKinds first)
    {
        const GarbleKinds Stray = GarbleKinds.Stray;
        var odd = GarbleKinds.None;
        void After(GarbleKinds kinds, GarbleKinds following) => odd |= (first & kinds) != 0 ? following : 0;

        After(Stray, Stray | Accented | Quotes | GarbleKinds.Box | GarbleKinds.Currency | GarbleKinds.Numeric | GarbleKinds.Law);
        After(GarbleKinds.AccentedLower, Stray | GarbleKinds.AccentedUpper | GarbleKinds.Currency | GarbleKinds.Box);
        After(GarbleKinds.AccentedUpper, Stray | GarbleKinds.Numeric | GarbleKinds.Law | GarbleKinds.Box);
        After(GarbleKinds.PlainLower, GarbleKinds.AccentedUpper);
        After(
            GarbleKinds.Box,
            Stray | Accented | Quotes | GarbleKinds.Currency | GarbleKinds.Numeric | GarbleKinds.Law | GarbleKinds.FaceDrawing
        );
        After(GarbleKinds.Opening | GarbleKinds.Law, Stray | GarbleKinds.Box);
        After(GarbleKinds.Closing, Stray | Accented | GarbleKinds.Currency | GarbleKinds.Box);
        After(GarbleKinds.Currency | GarbleKinds.Numeric, Stray | Accented | GarbleKinds.Opening | GarbleKinds.Box);
        return odd;
    }

    private static bool IsOddPair(ReadOnlySpan<char> text, int at)
    {
        var kinds = GarbleAlphabet.KindsOf(text[at]);
        if ((kinds & GarbleKinds.Control) != 0)
        {
            return true;
        }

        return at + 1 < text.Length && (OddAfter(kinds) & GarbleAlphabet.KindsOf(text[at + 1])) != 0;
    }

    // Pairs that are odd only after, or before, certain others.
    private static bool IsOddInContext(ReadOnlySpan<char> text, int at)
    {
        if (at + 1 >= text.Length)
        {
            return false;
        }

        var kinds = GarbleAlphabet.KindsOf(text[at]);
        var next = GarbleAlphabet.KindsOf(text[at + 1]);
        if (at > 0)
        {
            var before = text[at - 1];
            if (char.IsAsciiLetter(before) && Has(kinds, GarbleKinds.PlainUpper | GarbleKinds.PlainLower) && Has(next, GarbleKinds.Stray))
            {
                return true;
            }

            if (
                Has(kinds, GarbleKinds.AccentedUpper)
                && (
                    (IsSpace(before) && Has(next, GarbleKinds.Currency))
                    || (char.IsAsciiLetterLower(before) && Has(next, GarbleKinds.Opening | GarbleKinds.Currency))
                )
            )
            {
                return true;
            }
        }

        if (at + 2 >= text.Length || !Has(next, Quotes))
        {
            return false;
        }

        var third = GarbleAlphabet.KindsOf(text[at + 2]);
        return (
                Has(next, GarbleKinds.Opening)
                && Has(third, GarbleKinds.Numeric)
                && Has(kinds, Accented | GarbleKinds.Box | GarbleKinds.Currency | GarbleKinds.Closing)
            )
            || (
                Has(next, GarbleKinds.Closing)
                && Has(third, GarbleKinds.Opening)
                && Has(kinds, Accented | GarbleKinds.Box | GarbleKinds.Currency | GarbleKinds.Numeric | GarbleKinds.Law)
            )
            || (Has(kinds, Accented) && IsWordCharacter(text[(at + 2)..]));
    }

    // Sequences that the common letters and signs of one encoding are misread as, too specific for kinds.
    private static bool IsKnownSequence(ReadOnlySpan<char> text, int at)
    {
        var rest = text[at..];
        var next = rest.Length > 1 ? rest[1] : '\0';
        var nextKinds = GarbleAlphabet.KindsOf(next);
        switch (rest[0])
        {
            case 'Œ' or 'œ':
                return rest.Length > 1 && !char.IsAsciiLetter(next);
            case 'Ø' or 'Ù':
                return IsKind(rest, GarbleKinds.AccentedUpper, "°")
                    || (rest.Length > 3 && IsArabicTail(next) && rest[2] is 'Ø' or 'Ù' && IsArabicTail(rest[3]));
            case '×':
                return next is '²' or '³';
            case 'à':
                return next is '²' or 'µ' or '¹' or '¼' or '½' or '¾';
            case '√':
                return "±∂†≠®™´≤≥¥µø".Contains(next);
            case '≈':
                return next is '°' or '¢';
            case '‚':
                return (next == 'Ä' && rest.Length > 2 && "ìîïòôúùû†°¢π".Contains(rest[2]))
                    || (next is 'â' or 'ó' && rest.Length > 2 && "àä°ê".Contains(rest[2]));
            case 'в':
                return next == 'Ђ';
            case 'ā':
                return next == '€';
            case 'β':
                return next == '€' && rest.Length > 2 && "™\u00A0Ά\u00AD®°".Contains(rest[2]);
            case 'В' or 'Г' or 'Р' or 'С':
                return IsSandwiched(rest, "ВГРС", "°µ") || IsDoublyGarbledQuote(rest);
            case 'Β' or 'Γ' or 'Ξ' or 'Ο':
                return IsSandwiched(rest, "ΒΓΞΟ", "°");
            default:
                return IsWesternSequence(text, at, next, nextKinds) || IsKind(rest, GarbleKinds.AccentedUpper, "°");
        }
    }

    private static bool IsWesternSequence(ReadOnlySpan<char> text, int at, char next, GarbleKinds nextKinds)
    {
        var lead = text[at];
        if (!WesternLeads.Contains(lead) || at + 1 >= text.Length)
        {
            return false;
        }

        if (WesternTails.Contains(next) || Has(nextKinds, Quotes))
        {
            return true;
        }

        return lead is 'Â' or 'Ã' && IsLeadBeforeLostByte(text, at);
    }

    // Byte 0xA0 has become a space here: after a small letter, at the start, and for Â after punctuation.
    private static bool IsLeadBeforeLostByte(ReadOnlySpan<char> text, int at)
    {
        if (text[at + 1] != ' ')
        {
            return false;
        }

        if (at == 0 || char.IsAsciiLetterLower(text[at - 1]))
        {
            return true;
        }

        var before = text[at - 1];
        return (IsSpace(before) && at > 1 && char.IsAsciiLetterLower(text[at - 2]))
            || (text[at] == 'Â' && (before is '.' or ',' or '?' or '!' || Has(GarbleAlphabet.KindsOf(before), GarbleKinds.Closing)));
    }

    private static bool IsArabicTail(char character) =>
        "ŸŠ®°µ»".Contains(character)
        || Has(
            GarbleAlphabet.KindsOf(character),
            GarbleKinds.Usual | GarbleKinds.Currency | GarbleKinds.Stray | GarbleKinds.Numeric | GarbleKinds.Opening
        );

    // A lead, a sign, a lead: two letters of the alphabet in question, misread.
    private static bool IsSandwiched(ReadOnlySpan<char> rest, string leads, string signs) =>
        rest.Length > 2
        && leads.Contains(rest[2])
        && (
            signs.Contains(rest[1])
            || Has(GarbleAlphabet.KindsOf(rest[1]), GarbleKinds.Control | GarbleKinds.Stray | Quotes | GarbleKinds.Currency)
        );

    // A quotation mark or dash, misread as Windows-1252 and again as Windows-1251.
    private static bool IsDoublyGarbledQuote(ReadOnlySpan<char> rest) =>
        rest.Length > 6 && rest.StartsWith("ГўВЂВ", StringComparison.Ordinal) && (char.IsAsciiLetter(rest[6]) || rest[6] == ' ');

    private static bool IsKind(ReadOnlySpan<char> rest, GarbleKinds first, string second) =>
        rest.Length > 1 && Has(GarbleAlphabet.KindsOf(rest[0]), first) && second.Contains(rest[1]);

    private static bool Has(GarbleKinds kinds, GarbleKinds any) => (kinds & any) != 0;

    private static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\u001C' and <= '\u001F';

    private static bool IsWordCharacter(ReadOnlySpan<char> text)
    {
        _ = Rune.DecodeFromUtf16(text, out var rune, out _);
        return rune.Value == '_'
            || Rune.IsLetter(rune)
            || Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.DecimalDigitNumber
                    or UnicodeCategory.LetterNumber
                    or UnicodeCategory.OtherNumber;
    }
}
