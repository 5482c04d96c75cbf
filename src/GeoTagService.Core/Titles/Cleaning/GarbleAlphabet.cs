using System.Buffers;
using System.Globalization;

namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>
/// The characters that misread UTF-8 is made of: their kinds, and the part each can play in a misread sequence. Which
/// character can play which part follows from the code pages.
/// </summary>
internal static class GarbleAlphabet
{
    private const int TableSize = 0x25A0;

    private static readonly GarbleKinds[] Kinds = BuildKinds();

    // Signs and punctuation that stand alone beside garbled letters too, so that they do not tell.
    private const string UsualBesideGarble = " –—―‘’‚“”„•…";

    // Letters of Baltic and Slovak words that the reference takes for plain ones.
    private const string UnlistedLetters = "ĮŔŖŗ";

    /// <summary>What the first byte of a two-byte letter is misread as.</summary>
    public static SearchValues<char> FirstOfTwo { get; } = ReadingsOf(0xC2, 0xDF);

    /// <summary>What the first byte of a three-byte letter is misread as.</summary>
    public static SearchValues<char> FirstOfThree { get; } = ReadingsOf(0xE0, 0xEF);

    /// <summary>What the first byte of a four-byte letter is misread as; of those only 0xF0 and 0xF3 lead to assigned
    /// characters.</summary>
    public static SearchValues<char> FirstOfFour { get; } = SearchValues.Create([.. Readings(0xF0, 0xF0), .. Readings(0xF3, 0xF3)]);

    /// <summary>What a later byte is misread as, and the space that some programs put for byte 0xA0.</summary>
    public static SearchValues<char> Later { get; } = SearchValues.Create([.. Readings(0x80, 0xBF), ' ']);

    /// <summary>Those of <see cref="Later"/> that rarely stand for themselves.</summary>
    public static SearchValues<char> TellingLater { get; } =
        SearchValues.Create([.. Readings(0x80, 0xBF).Where(character => !UsualBesideGarble.Contains(character))]);

    /// <summary>The kinds of a character.</summary>
    public static GarbleKinds KindsOf(char character) =>
        character switch
        {
            < (char)TableSize => Kinds[character],
            '\u25CA' or '\uFFFD' => GarbleKinds.Stray,
            '\uF8FF' => GarbleKinds.Opening,
            '\uFB01' or '\uFB02' => GarbleKinds.AccentedLower,
            _ => GarbleKinds.None,
        };

    private static GarbleKinds[] BuildKinds()
    {
        var kinds = new GarbleKinds[TableSize];
        void Add(GarbleKinds kind, string characters)
        {
            foreach (var character in characters)
            {
                kinds[character] |= kind;
            }
        }

        void AddRange(GarbleKinds kind, char first, char last)
        {
            for (var character = first; character <= last; character++)
            {
                kinds[character] |= kind;
            }
        }

        Add(GarbleKinds.Usual, "\u00A0\u00AD·´–—―…’");
        AddRange(GarbleKinds.Control, '\u0080', '\u009F');
        Add(GarbleKinds.Stray, "¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐ªº");
        Add(GarbleKinds.Law, "¶§");
        Add(GarbleKinds.Currency, "¢£¥₧€");
        Add(GarbleKinds.Opening, "¡«¿©΄΅‘‚“„•‹");
        Add(GarbleKinds.Closing, "®»˝”›™");
        Add(GarbleKinds.Numeric, "²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№");
        Add(GarbleKinds.FaceDrawing, "ÒÓÔÕÖÙÚÛÜòóôõöøùúûüŐŌŪŲ°");
        Add(GarbleKinds.Box, "│┌┐┘├┤┬┼▀▄█▌▐░▒▓");
        AddRange(GarbleKinds.Box, '═', '╬');
        AddRange(GarbleKinds.PlainUpper, 'Α', 'Ϋ');
        AddRange(GarbleKinds.PlainUpper, 'Ё', 'Я');
        Add(GarbleKinds.PlainUpper, "ÞΆΈΉΊΌΎΏ");
        AddRange(GarbleKinds.PlainLower, 'ά', 'ω');
        AddRange(GarbleKinds.PlainLower, 'а', 'џ');
        Add(GarbleKinds.AccentedUpper, "ÜҐ");
        Add(GarbleKinds.AccentedLower, "üґ");
        AddAccentedLetters(kinds);
        return kinds;
    }

    // The accented letters at bytes that UTF-8 uses, less those that faces are drawn with.
    private static void AddAccentedLetters(GarbleKinds[] kinds)
    {
        foreach (var character in Readings(0x80, 0xBF).Concat(Readings(0xC2, 0xF0)).Concat(Readings(0xC0, 0xC1)))
        {
            if (character is < '\u00C0' or > '\u017F' || kinds[character] != GarbleKinds.None || UnlistedLetters.Contains(character))
            {
                continue;
            }

            kinds[character] |= char.GetUnicodeCategory(character) switch
            {
                UnicodeCategory.UppercaseLetter => GarbleKinds.AccentedUpper,
                UnicodeCategory.LowercaseLetter => GarbleKinds.AccentedLower,
                _ => GarbleKinds.None,
            };
        }

        kinds['ñ'] = GarbleKinds.AccentedLower;
    }

    private static SearchValues<char> ReadingsOf(byte first, byte last) => SearchValues.Create([.. Readings(first, last)]);

    private static IEnumerable<char> Readings(byte first, byte last) =>
        from encoding in SingleByteEncoding.LatinLike
        from value in Enumerable.Range(first, last - first + 1)
        select encoding.Decode((byte)value);
}
