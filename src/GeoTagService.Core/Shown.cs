using System.Globalization;

namespace GeoTagService.Core;

/// <summary>Names of strangers, for people and their terminals.</summary>
public static class Shown
{
    private const char Instead = '?';

    /// <summary>The name in one line, without what would move a terminal's cursor, colour it or turn its text around.</summary>
    /// <param name="name">A file's name, an id, a sentence with one in it.</param>
    public static string Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Any(IsUnseen) ? string.Concat(name.Select(letter => IsUnseen(letter) ? Instead : letter)) : name;
    }

    // Zero-width joiners make up emoji and letters of some scripts; the rest of the formats turns text around or hides.
    private static bool IsUnseen(char letter) =>
        char.IsControl(letter)
        || letter is '\u2028' or '\u2029'
        || (char.GetUnicodeCategory(letter) == UnicodeCategory.Format && letter is not ('\u200C' or '\u200D'));
}
