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
    private readonly TimeSpan _least;
    private readonly TimeSpan _most;

    /// <summary>Sets the bounds.</summary>
    /// <param name="least">Shortest time, <c>[d.]hh:mm:ss[.fff]</c>.</param>
    /// <param name="most">Longest time, in the same form.</param>
    public TimeRangeAttribute(string least, string most)
    {
        Least = least;
        Most = most;
        _least = TimeSpan.Parse(least, CultureInfo.InvariantCulture);
        _most = TimeSpan.Parse(most, CultureInfo.InvariantCulture);
    }

    /// <summary>Shortest time.</summary>
    public string Least { get; }

    /// <summary>Longest time.</summary>
    public string Most { get; }

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null || (value is TimeSpan time && time >= _least && time <= _most);

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => $"The field {name} must be between {_least:c} and {_most:c}.";
}
