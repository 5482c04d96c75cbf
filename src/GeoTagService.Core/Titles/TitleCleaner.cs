using System.Buffers;
using System.Text;
using GeoTagService.Core.Titles.Cleaning;

namespace GeoTagService.Core.Titles;

/// <summary>
/// Cleans a title as openai/CLIP does before it splits it into tokens: ftfy's <c>fix_text</c> with its defaults, HTML
/// unescaped twice, white space collapsed and trimmed. Case is kept. Behaves as ftfy 6.3.1 with Python 3.11; see
/// docs/use/titles.md.
/// </summary>
internal static class TitleCleaner
{
    // Of a text made of these alone, only the white space can change.
    private static readonly SearchValues<char> PlainCharacters = SearchValues.Create([
        .. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code).Where(c => c != '&'),
    ]);

    /// <summary>The clean title. Any string is accepted; the result is well-formed UTF-16.</summary>
    /// <param name="title">The title as the user wrote it.</param>
    public static string Clean(string title)
    {
        ArgumentNullException.ThrowIfNull(title);
        if (!title.AsSpan().ContainsAnyExcept(PlainCharacters))
        {
            return CollapseWhiteSpace(title);
        }

        var text = RepairLines(title);
        text = HtmlEntities.Unescape(text);
        text = HtmlEntities.Unescape(text);
        return CollapseWhiteSpace(text);
    }

    // Line by line, as one line's garbling says nothing of the next. A line with an angle bracket is taken for HTML,
    // and from there on references are meant as they stand.
    private static string RepairLines(string text)
    {
        if (text.IndexOf('\n') is var end && (end < 0 || end == text.Length - 1))
        {
            return RepairLine(text, unescape: !text.Contains('<'));
        }

        var output = new StringBuilder(text.Length);
        var unescape = true;
        for (var start = 0; start < text.Length; start = end)
        {
            end = text.IndexOf('\n', start) + 1;
            end = end == 0 ? text.Length : end;
            var line = text[start..end];
            unescape &= !line.Contains('<');
            output.Append(RepairLine(line, unescape));
        }

        return output.ToString();
    }

    // Repeated until nothing changes, as one repair can uncover another.
    private static string RepairLine(string line, bool unescape)
    {
        while (true)
        {
            var repaired = unescape ? HtmlEntities.UnescapeStrictly(line) : line;
            repaired = EncodingRepair.Repair(repaired);
            repaired = EncodingRepair.RereadControls(repaired);
            repaired = CharacterRepair.SplitLigatures(repaired);
            repaired = CharacterRepair.RestoreWidth(repaired);
            repaired = CharacterRepair.StraightenQuotes(repaired);
            repaired = CharacterRepair.UnifyLineBreaks(repaired);
            repaired = CharacterRepair.ReplaceLoneSurrogates(repaired);
            repaired = CharacterRepair.RemoveTerminalEscapes(repaired);
            repaired = CharacterRepair.RemoveControls(repaired);
            repaired = CanonicalForm.Compose(repaired);
            if (repaired == line)
            {
                return line;
            }

            line = repaired;
        }
    }

    private static string CollapseWhiteSpace(string text)
    {
        if (IsCollapsed(text))
        {
            return text;
        }

        var output = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (!char.IsWhiteSpace(character))
            {
                output.Append(character);
            }
            else if (output.Length > 0 && output[^1] != ' ')
            {
                output.Append(' ');
            }
        }

        if (output.Length > 0 && output[^1] == ' ')
        {
            output.Length--;
        }

        return output.ToString();
    }

    private static bool IsCollapsed(string text)
    {
        var afterSpace = true;
        foreach (var character in text)
        {
            var isSpace = char.IsWhiteSpace(character);
            if (isSpace && (afterSpace || character != ' '))
            {
                return false;
            }

            afterSpace = isSpace;
        }

        return text.Length == 0 || !afterSpace;
    }
}
