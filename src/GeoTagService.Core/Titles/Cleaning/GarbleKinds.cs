namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>What a character means when it stands where UTF-8 may have been misread. Only characters that misread UTF-8
/// yields have a kind; everything else has none.</summary>
[Flags]
internal enum GarbleKinds : ushort
{
    None = 0,

    /// <summary>Usual in good text too: dashes, the ellipsis, the apostrophe, the no-break space.</summary>
    Usual = 1 << 0,

    /// <summary>A control character from U+0080 to U+009F: never meant.</summary>
    Control = 1 << 1,

    /// <summary>Hardly ever meant: loose accents, daggers, signs that keyboards lack.</summary>
    Stray = 1 << 2,

    /// <summary>The section and the paragraph sign.</summary>
    Law = 1 << 3,

    /// <summary>Currency signs.</summary>
    Currency = 1 << 4,

    /// <summary>Punctuation that opens, or stands before what it belongs to.</summary>
    Opening = 1 << 5,

    /// <summary>Punctuation that closes, or stands after what it belongs to.</summary>
    Closing = 1 << 6,

    /// <summary>Numbers above the line, fractions, signs of arithmetic.</summary>
    Numeric = 1 << 7,

    /// <summary>Accented o and u, which people draw faces with, and the degree sign.</summary>
    FaceDrawing = 1 << 8,

    /// <summary>Accented Latin capitals.</summary>
    AccentedUpper = 1 << 9,

    /// <summary>Accented Latin small letters.</summary>
    AccentedLower = 1 << 10,

    /// <summary>Greek and Cyrillic capitals, and thorn.</summary>
    PlainUpper = 1 << 11,

    /// <summary>Greek and Cyrillic small letters.</summary>
    PlainLower = 1 << 12,

    /// <summary>Lines and blocks of text-mode screens.</summary>
    Box = 1 << 13,
}
