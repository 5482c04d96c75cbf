using System.CommandLine;
using System.Globalization;

namespace GeoTagService.Cli.Execution;

/// <summary>An option that takes a whole number within limits.</summary>
internal static class NumberOption
{
    /// <summary>Makes one.</summary>
    public static Option<int> Create(string name, string description, int value) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => value,
        };

    /// <summary>Its value.</summary>
    /// <exception cref="CommandFailureException">It lies outside.</exception>
    public static int InRange(ParseResult parsed, Option<int> option, int least, int most) =>
        Within(option.Name, parsed.GetValue(option), least, most);

    /// <summary>A value.</summary>
    /// <exception cref="CommandFailureException">It lies outside.</exception>
    public static int Within(string name, int value, int least, int most) =>
        value >= least && value <= most
            ? value
            : throw new CommandFailureException(
                ExitCode.Usage,
                string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it lies between {least} and {most}")
            );
}
