using System.Globalization;
using System.Text;

namespace GeoTagService.Core.Titles;

/// <summary>
/// Cuts a lower-case title into words as CLIP's pattern does: the two special tokens, the English contractions, runs
/// of letters, single numerals, runs of anything else but white space. Written out because a .NET regular expression
/// sees UTF-16 units, so that it takes letters beyond the Basic Multilingual Plane for symbols.
/// </summary>
internal ref struct TitleSplitter(ReadOnlySpan<char> title)
{
    private const string StartText = "<|startoftext|>";
    private const string LongSStartText = "<|\u017Ftartoftext|>";
    private const string EndText = "<|endoftext|>";

    private readonly ReadOnlySpan<char> _title = title;
    private int _position;

    private enum CharacterKind
    {
        Space,
        Letter,
        Number,
        Symbol,
    }

    /// <summary>The word that <see cref="MoveNext"/> found.</summary>
    public ReadOnlySpan<char> Word { get; private set; }

    /// <summary>What the word is.</summary>
    public TitleWordKind Kind { get; private set; }

    /// <summary>Finds the next word; false at the end of the title.</summary>
    public bool MoveNext()
    {
        while (_position < _title.Length)
        {
            var rest = _title[_position..];
            var kind = KindAt(rest, out var length);
            if (kind == CharacterKind.Space)
            {
                _position += length;
                continue;
            }

            Kind = SpecialAt(rest);
            length = Kind switch
            {
                TitleWordKind.Start => StartText.Length,
                TitleWordKind.End => EndText.Length,
                _ => FixedTextLength(rest) is > 0 and var fixedLength ? fixedLength
                : kind == CharacterKind.Number ? length
                : RunLength(rest, kind),
            };
            Word = rest[..length];
            _position += length;
            return true;
        }

        return false;
    }

    private static TitleWordKind SpecialAt(ReadOnlySpan<char> rest) =>
        rest[0] != '<' ? TitleWordKind.Text
        : rest.StartsWith(StartText, StringComparison.Ordinal) ? TitleWordKind.Start
        : rest.StartsWith(EndText, StringComparison.Ordinal) ? TitleWordKind.End
        : TitleWordKind.Text;

    // 's 't 're 've 'm 'll 'd, whatever follows. The pattern ignores case, and the long s is an s to it: in the start
    // token's text too, which then is one word but not that token.
    private static int FixedTextLength(ReadOnlySpan<char> rest)
    {
        if (rest.Length < 2 || rest[0] != '\'')
        {
            return rest.StartsWith(LongSStartText, StringComparison.Ordinal) ? LongSStartText.Length : 0;
        }

        return (rest[1], rest.Length > 2 ? rest[2] : '\0') switch
        {
            ('s' or '\u017F' or 't' or 'm' or 'd', _) => 2,
            ('r' or 'v', 'e') or ('l', 'l') => 3,
            _ => 0,
        };
    }

    private static int RunLength(ReadOnlySpan<char> rest, CharacterKind kind)
    {
        var end = 0;
        while (end < rest.Length && KindAt(rest[end..], out var length) == kind)
        {
            end += length;
        }

        return end;
    }

    private static CharacterKind KindAt(ReadOnlySpan<char> text, out int length)
    {
        var first = text[0];
        length = 1;
        if (first < 0x80)
        {
            return char.IsAsciiLetter(first) ? CharacterKind.Letter
                : char.IsAsciiDigit(first) ? CharacterKind.Number
                : first is ' ' or (>= '\t' and <= '\r') ? CharacterKind.Space
                : CharacterKind.Symbol;
        }

        if (char.IsWhiteSpace(first))
        {
            return CharacterKind.Space;
        }

        // A lone surrogate decodes as U+FFFD of length 1, a symbol.
        _ = Rune.DecodeFromUtf16(text, out var rune, out length);
        return CharUnicodeInfo.GetUnicodeCategory(rune.Value) switch
        {
            // The pattern ignores case, and the capital of this mark is a letter, iota: no symbol then, and no letter.
            UnicodeCategory.NonSpacingMark when rune.Value == 0x345 => CharacterKind.Space,
            <= UnicodeCategory.OtherLetter => CharacterKind.Letter,
            >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber => CharacterKind.Number,
            _ => CharacterKind.Symbol,
        };
    }
}
