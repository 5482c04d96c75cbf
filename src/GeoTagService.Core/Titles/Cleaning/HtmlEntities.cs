using System.Text;

namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>
/// Unescapes HTML's character references in the two ways of the reference. The names are those of the HTML standard
/// (html-entities.txt); the framework's own decoder knows the few of HTML 4 only.
/// </summary>
internal static class HtmlEntities
{
    private const int LongestName = 32;
    private const int LongestStrictName = 24;

    private static readonly Lazy<HtmlEntityNames> Names = new(HtmlEntityNames.Load);

    // What numbers from 128 to 159 stand for: browsers read them as Windows-1252.
    private static string WindowsControls => CodePages.Windows1252;

    /// <summary>Unescapes as browsers do in text: numbers, names, and the old names also without their semicolon, even
    /// before more letters.</summary>
    public static string Unescape(string text) => Replace(text, UnescapeAt);

    /// <summary>Unescapes whole references only, semicolon included; names in capitals too where they are not names of
    /// something else.</summary>
    public static string UnescapeStrictly(string text) => Replace(text, UnescapeStrictlyAt);

    /// <summary>A reference at the start of the text; its length and what it stands for, or length 0.</summary>
    internal static int UnescapeAt(string text, int at, out string value)
    {
        var rest = text.AsSpan(at + 1);
        if (rest is ['#', ..])
        {
            return UnescapeNumber(rest, out value) is > 0 and var length ? length + 1 : 0;
        }

        var name = ReadName(rest);
        var names = Names.Value;
        if (names.TryFind(name, out value))
        {
            return name.Length + 1;
        }

        for (var length = Math.Min(name.Length - 1, HtmlEntityNames.LongestBareName); length > 1; length--)
        {
            if (names.TryFind(name[..length], out value))
            {
                return length + 1;
            }
        }

        return 0;
    }

    private static int UnescapeStrictlyAt(string text, int at, out string value)
    {
        value = string.Empty;
        var rest = text.AsSpan(at + 1);
        var isNumber = rest is ['#', ..];
        var body = isNumber ? rest[1..] : rest;
        var length = body.IndexOfAnyExcept(HtmlEntityNames.NameCharacters);
        if (length is < 1 or > LongestStrictName || body[length] != ';')
        {
            return 0;
        }

        if (!isNumber)
        {
            return Names.Value.TryFindAnyCase(body[..(length + 1)], out value) ? length + 2 : 0;
        }

        // A number that ends before the semicolon, or that is a semicolon, is not what was meant.
        var used = UnescapeNumber(rest, out value);
        return used == length + 2 && !value.Contains(';', StringComparison.Ordinal) ? used + 1 : 0;
    }

    // From the number sign on. Returns the length, semicolon included where there is one.
    private static int UnescapeNumber(ReadOnlySpan<char> text, out string value)
    {
        value = string.Empty;
        var isHex = text.Length > 1 && text[1] is 'x' or 'X';
        var first = isHex ? 2 : 1;
        var at = first;
        var number = 0;
        for (; at < text.Length && (isHex ? char.IsAsciiHexDigit(text[at]) : char.IsAsciiDigit(text[at])); at++)
        {
            var digit = Convert.ToInt32(text[at].ToString(), 16);
            number = Math.Min((number * (isHex ? 16 : 10)) + digit, 0x110000);
        }

        if (at == first)
        {
            return 0;
        }

        value = CharacterOf(number);
        return at < text.Length && text[at] == ';' ? at + 1 : at;
    }

    private static string CharacterOf(int number) =>
        number switch
        {
            0 or (>= 0xD800 and <= 0xDFFF) or > 0x10FFFF => "\uFFFD",
            >= 0x80 and <= 0x9F => WindowsControls[number - 0x80].ToString(),
            (>= 0x01 and <= 0x08) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or (>= 0xFDD0 and <= 0xFDEF) => string.Empty,
            _ when (number & 0xFFFE) == 0xFFFE => string.Empty,
            _ => char.ConvertFromUtf32(number),
        };

    // Up to 32 characters, not UTF-16 units, and the semicolon after them.
    private static ReadOnlySpan<char> ReadName(ReadOnlySpan<char> text)
    {
        var length = 0;
        for (var count = 0; count < LongestName && length < text.Length; count++)
        {
            if (text[length] is '\t' or '\n' or '\f' or ' ' or '<' or '&' or '#' or ';')
            {
                break;
            }

            length += char.IsSurrogatePair(text[length], length + 1 < text.Length ? text[length + 1] : '\0') ? 2 : 1;
        }

        return length > 0 && length < text.Length && text[length] == ';' ? text[..(length + 1)] : text[..length];
    }

    private static string Replace(string text, ReferenceReader read)
    {
        var at = text.IndexOf('&', StringComparison.Ordinal);
        if (at < 0)
        {
            return text;
        }

        StringBuilder? output = null;
        var done = 0;
        while (at >= 0)
        {
            var length = read(text, at, out var value);
            if (length > 0)
            {
                (output ??= new StringBuilder(text.Length)).Append(text, done, at - done).Append(value);
                done = at + length;
            }

            at = text.IndexOf('&', Math.Max(done, at + 1));
        }

        return output is null ? text : output.Append(text, done, text.Length - done).ToString();
    }

    private delegate int ReferenceReader(string text, int at, out string value);
}
