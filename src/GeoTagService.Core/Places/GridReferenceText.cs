namespace GeoTagService.Core.Places;

/// <summary>How grid references are spelt: the letters of the 100 km squares, and the digits inside them.</summary>
internal static class GridReferenceText
{
    /// <summary>Edge of a square that letters alone name, metres.</summary>
    public const int LetteredSquare = 100_000;

    private const int MostDigits = 5;
    private const int LongestText = 32;

    // 5 × 5 squares, row by row from the north-west; no I.
    private const string Alphabet = "ABCDEFGHJKLMNOPQRSTUVWXYZ";

    // The British letters count from a point 1,000 km west and 500 km south of the grid's origin.
    private const int BritishColumnsWest = 10;
    private const int BritishRowsSouth = 5;

    /// <summary>Reads a reference; returns null, or what is wrong with it.</summary>
    public static string? Read(string? text, out Grid grid, out int easting, out int northing, out int precision)
    {
        (grid, easting, northing, precision) = (Grid.British, 0, 0, 0);
        var trimmed = (text ?? string.Empty).Trim();
        if (trimmed.Length == 0)
        {
            return "The grid reference is empty.";
        }

        if (trimmed.Length > LongestText)
        {
            return $"The grid reference has {trimmed.Length} characters; the longest, with spaces, has 15.";
        }

        var letterCount = trimmed.TakeWhile(char.IsAsciiLetter).Count();
        var letters = trimmed[..letterCount].ToUpperInvariant();
        if (letterCount is 0 or > 2)
        {
            return "A grid reference starts with two letters (British, \"TQ 30 80\") or one (Irish, \"O 15 34\").";
        }

        if (letters.Contains('I', StringComparison.Ordinal))
        {
            return $"'{letters}' is not a square: grid letters run from A to Z without I.";
        }

        if (letterCount == 2 && !TryPlaceBritish(letters, out easting, out northing))
        {
            return $"'{letters}' is not a 100 km square of the British National Grid: those start with H, J, N, O, S or T, as in TQ.";
        }

        if (letterCount == 1)
        {
            grid = Grid.Irish;
            PlaceIrish(letters[0], out easting, out northing);
        }

        return ReadDigits(trimmed[letterCount..], ref easting, ref northing, out precision);
    }

    /// <summary>The letters of the 100 km square that a point of the grid lies in.</summary>
    public static string Letters(Grid grid, int easting, int northing)
    {
        var column = easting / LetteredSquare;
        var row = northing / LetteredSquare;
        if (grid == Grid.Irish)
        {
            return Letter(column, row).ToString();
        }

        column += BritishColumnsWest;
        row += BritishRowsSouth;
        return string.Concat(Letter(column / 5, row / 5).ToString(), Letter(column % 5, row % 5).ToString());
    }

    /// <summary>Digits on each side for a square of this edge: 0 for 100 km, 5 for 1 m.</summary>
    public static int DigitsOf(int precision) => MostDigits - (int)Math.Round(Math.Log10(precision));

    private static string? ReadDigits(string rest, ref int easting, ref int northing, out int precision)
    {
        precision = 0;
        var groups = rest.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (groups.Length > 2 || groups.Any(group => !group.All(char.IsAsciiDigit)))
        {
            return "After its letters a grid reference holds digits only: all together, or eastings and northings parted by a space.";
        }

        var total = groups.Sum(group => group.Length);
        if (total % 2 != 0)
        {
            return $"The grid reference has {total} digits; half are eastings and half northings, so their number is even.";
        }

        if (groups.Length == 2 && groups[0].Length != groups[1].Length)
        {
            return $"The grid reference has {groups[0].Length} digits of easting and {groups[1].Length} of northing; they must be as many.";
        }

        var digits = total / 2;
        if (digits > MostDigits)
        {
            return $"The grid reference has {total} digits; the finest, of 1 m, has {2 * MostDigits}.";
        }

        precision = LetteredSquare;
        for (var i = 0; i < digits; i++)
        {
            precision /= 10;
        }

        if (digits > 0)
        {
            var joined = string.Concat(groups);
            easting += int.Parse(joined.AsSpan(0, digits)) * precision;
            northing += int.Parse(joined.AsSpan(digits)) * precision;
        }

        return null;
    }

    private static bool TryPlaceBritish(string letters, out int easting, out int northing)
    {
        var (outerColumn, outerRow) = Place(letters[0]);
        var (innerColumn, innerRow) = Place(letters[1]);
        easting = ((outerColumn * 5) + innerColumn - BritishColumnsWest) * LetteredSquare;
        northing = ((outerRow * 5) + innerRow - BritishRowsSouth) * LetteredSquare;
        return NationalGrid.British.Covers(easting, northing);
    }

    private static void PlaceIrish(char letter, out int easting, out int northing)
    {
        var (column, row) = Place(letter);
        (easting, northing) = (column * LetteredSquare, row * LetteredSquare);
    }

    /// <summary>Column from the west and row from the south of a letter in its 5 × 5 squares.</summary>
    private static (int Column, int Row) Place(char letter)
    {
        var index = Alphabet.IndexOf(letter, StringComparison.Ordinal);
        return (index % 5, 4 - (index / 5));
    }

    private static char Letter(int column, int row) => Alphabet[((4 - row) * 5) + column];
}
