using GeoTagService.Bulk.Lists.Ledgers;
using Spectre.Console;

namespace GeoTagService.Bulk.Lists;

/// <summary>Tells on standard error how far a list is: a bar with rate and time left on a terminal, elsewhere a line
/// every ten seconds.</summary>
internal static class ListProgress
{
    /// <summary>Runs with progress.</summary>
    /// <param name="error">Standard error.</param>
    /// <param name="from">Where the run starts.</param>
    /// <param name="isQuiet">Whether to say nothing.</param>
    /// <param name="run">The work, which reports ledger and fraction.</param>
    public static Task RunAsync(TextWriter error, ListLedger from, bool isQuiet, Func<Action<ListLedger, double>, Task> run)
    {
        if (isQuiet || error != Console.Error)
        {
            return run((_, _) => { });
        }

        if (Console.IsErrorRedirected)
        {
            var lines = new ProgressLines(error, from.Done + from.Rejected, TimeProvider.System);
            return run((ledger, fraction) => lines.Tell(ledger.Done, ledger.Rejected, fraction));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        return console
            .Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask("tagging", maxValue: 1);
                var clock = System.Diagnostics.Stopwatch.StartNew();
                await run(
                        (ledger, fraction) =>
                        {
                            var rate =
                                (ledger.Done + ledger.Rejected - from.Done - from.Rejected) / Math.Max(0.001, clock.Elapsed.TotalSeconds);
                            task.Description = $"{ledger.Done} done, {ledger.Rejected} rejected, {rate:0.0}/s";
                            task.Value = fraction;
                        }
                    )
                    .ConfigureAwait(false);
            });
    }
}
