using System.CommandLine;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Commands;

/// <summary>How often a measurement is repeated.</summary>
internal static class RoundsOption
{
    /// <summary>Creates the option.</summary>
    /// <param name="standard">Rounds where none are named.</param>
    public static Option<int> Create(int standard) =>
        new("--rounds")
        {
            Description = $"Times that each is run. Default {standard}.",
            HelpName = "N",
            DefaultValueFactory = _ => standard,
        };

    /// <summary>Reads it.</summary>
    /// <exception cref="CommandFailureException">It is none that can be run.</exception>
    public static int Read(ParseResult parsed, Option<int> option) =>
        parsed.GetValue(option) is >= 1 and <= 100_000 and var rounds
            ? rounds
            : throw new CommandFailureException(ExitCode.Usage, $"--rounds takes 1 to 100000, not {parsed.GetValue(option)}");
}
