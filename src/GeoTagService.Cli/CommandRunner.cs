using System.CommandLine;
using System.CommandLine.Invocation;
using GeoTagService.Cli.Commands;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Models.Archives;

namespace GeoTagService.Cli;

/// <summary>Parses, runs, and turns whatever goes wrong into one line on standard error and an exit code.</summary>
internal static class CommandRunner
{
    private const string TraceVariable = "GEOTAG_TRACE";

    private static readonly ParserConfiguration Parsing = new()
    {
        EnablePosixBundling = false,

        // A title may start with @; it is not a file of further arguments.
        ResponseFileTokenReplacer = null,
    };

    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">As the shell passed them.</param>
    /// <param name="output">Where data goes.</param>
    /// <param name="error">Where progress and diagnostics go.</param>
    /// <param name="cancellationToken">Ends the command; Ctrl+C does so by itself.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken
    )
    {
        var parsed = Program.CreateTree().Parse(FreeText.Bind(arguments), Parsing);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var fault in UsageFaults.Of(parsed))
            {
                error.WriteLine($"geotag: {fault}");
            }

            if (parsed.CommandResult.Command.Subcommands is { Count: > 0 } parts)
            {
                error.WriteLine(
                    $"geotag: '{CommandPath(parsed)}' is followed by one of {string.Join(", ", parts.Select(part => part.Name))}"
                );
            }

            error.WriteLine($"geotag: '{CommandPath(parsed)} --help' shows the usage");
            return ExitCode.Usage;
        }

        try
        {
            var invocation = new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
            };
            if (QueueWorkCommand.FinishesFirst(parsed))
            {
                invocation.ProcessTerminationTimeout = QueueWorkCommand.LongestEnd;
            }

            return await parsed.InvokeAsync(invocation, cancellationToken).ConfigureAwait(false);
        }
        catch (CommandFailureException failure)
        {
            return Fail(error, failure.Code, failure);
        }
        catch (RunFailureException failure)
        {
            return Fail(error, failure.Kind == RunFailure.Request ? ExitCode.Usage : ExitCode.Environment, failure);
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("geotag: interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception fault)
            when (fault is BundleException or WeightsFormatException or IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            return Fail(error, ExitCode.Environment, fault);
        }
        catch (Exception bug)
        {
            // A bug: still one line, because scripts read it. Who reports it asks for the rest.
            var trace = Environment.GetEnvironmentVariable(TraceVariable) is { Length: > 0 };
            error.WriteLine(
                trace
                    ? $"geotag: {bug}"
                    : $"geotag: internal error, {bug.GetType().Name}: {bug.Message.ReplaceLineEndings(" ")} ({TraceVariable}=1 prints where)"
            );
            return ExitCode.Environment;
        }
    }

    private static int Fail(TextWriter error, int code, Exception fault)
    {
        // One line, whatever the message holds: scripts and logs read standard error line by line.
        error.WriteLine("geotag: " + Shown.Of(fault.Message.ReplaceLineEndings(" ")));
        return code;
    }

    private static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Push(result.Command is RootCommand ? "geotag" : result.Command.Name);
        }

        return string.Join(' ', names);
    }
}
