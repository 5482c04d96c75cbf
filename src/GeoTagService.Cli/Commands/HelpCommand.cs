using System.CommandLine;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag help [VERB…]</c>: what <c>--help</c> says.</summary>
internal static class HelpCommand
{
    public static Command Create()
    {
        var verb = new Argument<string[]>("VERB") { Description = "A verb, such as 'models pull'.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("help", "Shows the usage of a verb.") { verb };
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var root = parsed.RootCommandResult.Command;
                var shown = root;
                foreach (var word in parsed.GetValue(verb) ?? [])
                {
                    shown =
                        shown.Subcommands.FirstOrDefault(part => part.Name == word && !part.Hidden)
                        ?? throw new CommandFailureException(ExitCode.Usage, UsageFaults.Unknown(word, shown));
                }

                return root.Parse([.. parsed.GetValue(verb) ?? [], "--help"])
                    .InvokeAsync(parsed.InvocationConfiguration, cancellationToken);
            }
        );
        return command;
    }
}
