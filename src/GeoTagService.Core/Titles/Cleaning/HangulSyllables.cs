namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>Composes and decomposes hangul syllables by arithmetic, as Unicode's section 3.12 defines it.</summary>
internal static class HangulSyllables
{
    private const int FirstSyllable = 0xAC00;
    private const int FirstLead = 0x1100;
    private const int FirstVowel = 0x1161;

    // One before the first tail: no tail counts as tail 0.
    private const int NoTail = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Tails = 28;

    /// <summary>Takes the last part off a syllable.</summary>
    public static bool TryDecompose(int syllable, out int first, out int second)
    {
        (first, second) = (0, 0);
        var index = syllable - FirstSyllable;
        if (index is < 0 or >= Leads * Vowels * Tails)
        {
            return false;
        }

        (first, second) =
            index % Tails != 0
                ? (syllable - (index % Tails), NoTail + (index % Tails))
                : (FirstLead + (index / (Vowels * Tails)), FirstVowel + (index / Tails % Vowels));
        return true;
    }

    /// <summary>Puts a vowel to a lead, or a tail to a syllable that has none.</summary>
    public static bool TryCompose(int first, int second, out int syllable)
    {
        var lead = first - FirstLead;
        var vowel = second - FirstVowel;
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels)
        {
            syllable = FirstSyllable + (((lead * Vowels) + vowel) * Tails);
            return true;
        }

        var index = first - FirstSyllable;
        var tail = second - NoTail;
        syllable = first + tail;
        return index is >= 0 and < Leads * Vowels * Tails && index % Tails == 0 && tail is > 0 and < Tails;
    }
}
