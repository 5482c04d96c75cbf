using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GeoTagService.Bench.Load;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag bench load</c>: sends tagging requests to any server that answers them, and measures.</summary>
internal static class BenchLoadCommand
{
    private const string Poisson = "poisson";

    public static Command Create()
    {
        var server = new Option<string>("--server")
        {
            Description = "Base address of the server.",
            HelpName = "URL",
            Required = true,
        };
        var content = new LoadContentOptions();
        var concurrency = new Option<int?>("--concurrency")
        {
            Description = "Closed loop: this many clients, each with one request at a time.",
            HelpName = "N",
        };
        var rate = new Option<string[]>("--rate")
        {
            Description = "Open loop: requests a second, at even intervals, or with 'poisson' behind the number at random.",
            HelpName = "R [poisson]",
            Arity = new ArgumentArity(1, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Time that is measured.",
            HelpName = "S",
            Required = true,
        };
        var warmup = new Option<double>("--warmup")
        {
            Description = "Time before that, under the same load. Default 2.",
            HelpName = "S",
            DefaultValueFactory = _ => 2,
        };
        var seed = new Option<int>("--seed")
        {
            Description = "Seed of arrivals and of what is synthetic. Default 1.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var first = new Option<long?>("--first")
        {
            Description = "Number of the first request: what makes it differ from all others. Default by the clock.",
            HelpName = "N",
        };
        var json = ReportFileOption.Create("--json", "Write the report to this file instead of standard output.");
        var command = new Command("load", "Sends tagging requests to a server and measures its answers.")
        {
            server,
            concurrency,
            rate,
            seconds,
            warmup,
            seed,
            first,
            json,
        };
        content.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var plan = Arrivals(parsed.GetValue(concurrency), parsed.GetValue(rate)) with
                {
                    Server = ServerAddress(parsed.GetRequiredValue(server)),
                    Mode = content.Mode(parsed),
                    Duration = Seconds("--seconds", parsed.GetValue(seconds), 0.1),
                    Warmup = Seconds("--warmup", parsed.GetValue(warmup), 0),
                    Seed = parsed.GetValue(seed),
                };
                var report = await LoadRunner
                    .RunAsync(
                        plan,
                        content.Open(parsed, plan.Seed),
                        parsed.GetValue(first) ?? LoadRunner.NumberByTheClock(),
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                if (parsed.GetValue(json) is { } file)
                {
                    await ReportFileOption.WriteAsync(file, report, LoadJson.Default.LoadReport, cancellationToken).ConfigureAwait(false);
                    parsed.InvocationConfiguration.Error.WriteLine(Line(report));
                }
                else
                {
                    parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(report, LoadJson.Default.LoadReport));
                }

                if (report.Statuses.ContainsKey("200"))
                {
                    return ExitCode.Success;
                }

                var seen = report.Statuses.Concat(report.Errors).Select(pair => $"{pair.Key}: {pair.Value}");
                throw new CommandFailureException(ExitCode.Environment, $"no request was answered with 200 ({string.Join(", ", seen)})");
            }
        );
        return command;
    }

    /// <summary>Reads a server's address; a path in it stays in front of the operation's.</summary>
    internal static Uri ServerAddress(string text) =>
        Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new CommandFailureException(ExitCode.Usage, $"'{text}' is no http address");

    private static LoadPlan Arrivals(int? concurrency, string[]? rate)
    {
        var plan = new LoadPlan { Server = new Uri("http://localhost") };
        return (concurrency, rate) switch
        {
            ({ } clients, null or []) when clients is > 0 and <= 4096 => plan with { Arrivals = ArrivalKind.Closed, Concurrency = clients },
            (null, [var number]) => plan with { Arrivals = ArrivalKind.Constant, Rate = Rate(number) },
            (null, [var number, Poisson]) => plan with { Arrivals = ArrivalKind.Poisson, Rate = Rate(number) },
            _ => throw new CommandFailureException(
                ExitCode.Usage,
                "give either --concurrency N (1 to 4096) or --rate R, with 'poisson' behind it or not"
            ),
        };
    }

    private static double Rate(string text) =>
        DecimalOption.TryRead(text, out var rate) && rate is > 0 and <= 100_000
            ? rate
            : throw new CommandFailureException(ExitCode.Usage, "--rate is a number above 0 and up to 100000");

    private static TimeSpan Seconds(string option, double value, double least) =>
        value >= least && value <= 86_400
            ? TimeSpan.FromSeconds(value)
            : throw new CommandFailureException(
                ExitCode.Usage,
                $"{option} is a number of seconds from {least.ToString(CultureInfo.InvariantCulture)} to 86400"
            );

    private static string Line(LoadReport report) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"geotag: {report.Throughput:0.00}/s, p50 {report.Latency.P50:0.0} ms, p99 {report.Latency.P99:0.0} ms, refused {report.RefusedShare:P1}, errors {report.Errors.Values.Sum()}"
        );
}
