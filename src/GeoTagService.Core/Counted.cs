using System.Globalization;

namespace GeoTagService.Core;

/// <summary>A number with its noun, for people: "1 photo", "2 photos".</summary>
public static class Counted
{
    /// <summary>Writes the number and the form of the noun that goes with it.</summary>
    /// <param name="number">How many.</param>
    /// <param name="one">The noun of one.</param>
    /// <param name="many">The noun of any other number; null adds an s.</param>
    public static string Of(long number, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many ?? one + "s")}");
}
