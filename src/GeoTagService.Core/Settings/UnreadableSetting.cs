using System.Text.RegularExpressions;

namespace GeoTagService.Core.Settings;

/// <summary>The configuration binder's complaint about a value of the wrong kind, with the words that there are.</summary>
public static partial class UnreadableSetting
{
    /// <summary>How it begins; it has no type of its own.</summary>
    private const string Beginning = "Failed to convert configuration value";

    /// <summary>Whether it is one.</summary>
    public static bool Is(Exception fault) =>
        fault is InvalidOperationException && fault.Message.StartsWith(Beginning, StringComparison.Ordinal);

    /// <summary>The complaint; where the setting takes one of some words, these behind it.</summary>
    /// <param name="fault">What the binder threw.</param>
    /// <param name="options">The types that are bound.</param>
    public static string Describe(Exception fault, IEnumerable<Type> options)
    {
        ArgumentNullException.ThrowIfNull(fault);
        var wanted = Target().Match(fault.Message).Groups["type"].Value;
        var words = options
            .SelectMany(type => type.GetProperties())
            .Select(property => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType)
            .FirstOrDefault(type => type.IsEnum && type.FullName == wanted);
        return words is null ? fault.Message : $"{fault.Message} It takes {string.Join(" or ", Enum.GetNames(words))}.";
    }

    [GeneratedRegex("to type '(?<type>[^']+)'")]
    private static partial Regex Target();
}
