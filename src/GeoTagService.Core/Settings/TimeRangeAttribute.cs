using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace GeoTagService.Core.Settings;

/// <summary>
/// Bounds of a time, both included. The framework's own range of another type converts its bounds at the first check and may be
/// asked by one thread only until then; options of two hosts in one process are checked side by side.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TimeRangeAttribute : ValidationAttribute
{
    /// <summary>Sets the bounds.</summary>
    /// <param name="least">Shortest time, <c>[d.]hh:mm:ss[.fff]</c>.</param>
    /// <param name="most">Longest time, in the same form.</param>
    public TimeRangeAttribute(string least, string most)
    {
        Least = TimeSpan.Parse(least, CultureInfo.InvariantCulture);
        Most = TimeSpan.Parse(most, CultureInfo.InvariantCulture);
    }

    /// <summary>Shortest time.</summary>
    public TimeSpan Least { get; }

    /// <summary>Longest time.</summary>
    public TimeSpan Most { get; }

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null || (value is TimeSpan time && time >= Least && time <= Most);

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => $"The field {name} must be between {Least:c} and {Most:c}.";
}
