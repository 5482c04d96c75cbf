using System.CommandLine;
using System.Globalization;
using GeoTagService.Bench.Load;
using GeoTagService.Bench.Service;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Output;
using Spectre.Console;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag bench service</c>: the service in a process of its own, from idle to ten times what it can do.</summary>
internal static class BenchServiceCommand
{
    private const int TableWidth = 160;

    public static Command Create()
    {
        var server = new Option<string?>("--server")
        {
            Description = "Measure a running service instead of starting one.",
            HelpName = "URL",
        };
        var service = new Option<string?>("--service")
        {
            Description = "GeoTagService.Api.dll. Default: beside this program, or in its clone.",
            HelpName = "FILE",
        };
        var bundle = BundleOption.Create();
        var content = new LoadContentOptions();
        var closed = new Option<int[]>("--closed")
        {
            Description = "Clients of each closed loop. Default 1 2 4 8 16 32 64.",
            HelpName = "N",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1, 2, 4, 8, 16, 32, 64],
        };
        var open = new Option<double[]>("--open")
        {
            Description = "Percent of the capacity of each open loop. Default 50 80 90 110 1000.",
            HelpName = "P",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [50, 80, 90, 110, 1000],
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Measured time of each load. Default 10.",
            HelpName = "S",
            DefaultValueFactory = _ => 10,
        };
        var warmup = new Option<double>("--warmup")
        {
            Description = "Time before that. Default 2.",
            HelpName = "S",
            DefaultValueFactory = _ => 2,
        };
        var json = ReportFileOption.Create("--json", "Write everything as JSON.");
        var plot = ReportFileOption.Create("--plot", "Draw latency against throughput (.png or .svg).");
        var command = new Command("service", "Measures the service under closed and open load.")
        {
            server,
            service,
            bundle,
            closed,
            open,
            seconds,
            warmup,
            json,
            plot,
        };
        content.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var (clients, shares) = (parsed.GetValue(closed) ?? [], parsed.GetValue(open) ?? []);
                var (measured, before) = (parsed.GetValue(seconds), parsed.GetValue(warmup));
                if (
                    clients.Length == 0
                    || clients.Any(n => n is < 1 or > 4096)
                    || shares.Any(p => p is not (> 0 and <= 10_000))
                    || measured is not (>= 0.1 and <= 86_400)
                    || before is not (>= 0 and <= 86_400)
                )
                {
                    throw new CommandFailureException(
                        ExitCode.Usage,
                        "--closed takes 1 to 4096, --open above 0 to 10000, --seconds and --warmup up to 86400"
                    );
                }

                var error = parsed.InvocationConfiguration.Error;
                var photos = content.Open(parsed, seed: 1);
                var started = parsed.GetValue(server) is null
                    ? await ServiceProcess
                        .StartAsync(ServiceProcess.Locate(parsed.GetValue(service)), parsed.GetValue(bundle), cancellationToken)
                        .ConfigureAwait(false)
                    : null;
                try
                {
                    var plan = new LoadPlan
                    {
                        Server = started?.Address ?? BenchLoadCommand.ServerAddress(parsed.GetValue(server)!),
                        Mode = content.Mode(parsed),
                        Duration = TimeSpan.FromSeconds(measured),
                        Warmup = TimeSpan.FromSeconds(before),
                    };
                    var report = await new ServiceBench(plan.Server, started?.Id, photos, plan)
                        .RunAsync(
                            clients,
                            [.. shares.Select(percent => percent / 100)],
                            load =>
                                error.WriteLine($"geotag: {load.Name}: {load.Load.Throughput:0.0}/s, p99 {load.Load.Latency.P99:0.0} ms"),
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                    Print(report, parsed.InvocationConfiguration.Output);
                    await ReportFileOption
                        .WriteAsync(parsed.GetValue(json), report, ServiceJson.Default.ServiceReport, cancellationToken)
                        .ConfigureAwait(false);
                    if (parsed.GetValue(plot) is { } picture)
                    {
                        ServicePlot.Save(report, picture);
                    }

                    return report.Capacity > 0
                        ? ExitCode.Success
                        : throw new CommandFailureException(
                            ExitCode.Environment,
                            "no request was answered with 200; is the server ready, and is it the service?"
                        );
                }
                catch (HttpRequestException fault)
                {
                    throw new CommandFailureException(ExitCode.Environment, $"the server does not answer: {fault.Message}", fault);
                }
                finally
                {
                    if (started is not null)
                    {
                        await started.DisposeAsync().ConfigureAwait(false);
                    }
                }
            }
        );
        return command;
    }

    private static void Print(ServiceReport report, TextWriter output)
    {
        var table = new Table().AddColumns(
            "load",
            "answers/s",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "max ms",
            "refused",
            "refusal p99 ms",
            "batches (size: runs)",
            "KB/request",
            "pause p99 ms",
            "peak MB",
            "MB"
        );
        foreach (var load in report.Loads)
        {
            var (seen, latency) = (load.Load, load.Load.Latency);
            table.AddRow(
                load.Name,
                Number(seen.Throughput),
                Number(latency.P50),
                Number(latency.P95),
                Number(latency.P99),
                Number(latency.Max),
                $"{Number(seen.RefusedShare * 100)} %",
                Number(seen.Refusals.P99),
                string.Join(' ', load.PhotoBatches.Select(batch => $"{batch.Key}:{batch.Value}")),
                Number(load.AllocatedBytesPerRequest / 1024),
                Number(load.Pauses.P99),
                $"{load.PeakResidentBytes >> 20}",
                $"{load.ResidentBytes >> 20}"
            );
        }

        PlainTable.Write(table, output, TableWidth);
        output.WriteLine($"capacity {Number(report.Capacity)} answers a second on {report.Cores} processors, generator included");
    }

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
