using System.CommandLine;
using System.Globalization;
using GeoTagService.Bench.Load;
using GeoTagService.Bench.Parts;
using GeoTagService.Bench.Service;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Output;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using Spectre.Console;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag bench overhead</c>: the service beside the bare encoders, by turns.</summary>
internal static class BenchOverheadCommand
{
    private const int TableWidth = 100;

    public static Command Create()
    {
        var service = new Option<string?>("--service")
        {
            Description = "GeoTagService.Api.dll. Default: beside this program, or in its clone.",
            HelpName = "FILE",
        };
        var bundle = BundleOption.Create();
        var content = new LoadContentOptions();
        var clients = new Option<int>("--clients")
        {
            Description = "Clients of the closed loop. Default 16.",
            HelpName = "N",
            DefaultValueFactory = _ => 16,
        };
        var rounds = new Option<int>("--rounds")
        {
            Description = "Rounds. Default 5.",
            HelpName = "N",
            DefaultValueFactory = _ => 5,
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Measured time of each round's load. Default 8.",
            HelpName = "S",
            DefaultValueFactory = _ => 8,
        };
        var lone = new Option<int>("--lone")
        {
            Description = "Lone requests of each round. Default 15.",
            HelpName = "N",
            DefaultValueFactory = _ => 15,
        };
        var json = ReportFileOption.Create("--json", "Write the rounds as JSON.");
        var command = new Command("overhead", "Measures what the service costs beyond the bare encoders.")
        {
            service,
            bundle,
            clients,
            rounds,
            seconds,
            lone,
            json,
        };
        content.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var (measured, turns, requests, concurrency) = (
                    parsed.GetValue(seconds),
                    parsed.GetValue(rounds),
                    parsed.GetValue(lone),
                    parsed.GetValue(clients)
                );
                if (
                    measured is not (>= 0.1 and <= 3600)
                    || turns is not (>= 1 and <= 1000)
                    || requests is not (>= 1 and <= 10_000)
                    || concurrency is not (>= 1 and <= 4096)
                )
                {
                    throw new CommandFailureException(
                        ExitCode.Usage,
                        "--seconds takes 0.1 to 3600, --rounds 1 to 1000, --lone 1 to 10000, --clients 1 to 4096"
                    );
                }

                var error = parsed.InvocationConfiguration.Error;
                var settings = ToolSettings.FromEnvironment();
                var opened = BundleOption.Open(parsed.GetValue(bundle), settings.Tagging, error);
                using var model = LoadedModel.Load(opened, EncoderVariants.Engine(settings.Onnx));
                var preprocessor = new ImagePreprocessor(new InProcessImageDecoder(), model.Encoder.Geometry.ImageSize);
                using var items = new BenchItems(preprocessor, model.Tokenizer);
                var started = await ServiceProcess
                    .StartAsync(ServiceProcess.Locate(parsed.GetValue(service)), parsed.GetValue(bundle), cancellationToken)
                    .ConfigureAwait(false);
                await using (started.ConfigureAwait(false))
                {
                    var plan = new LoadPlan
                    {
                        Server = started.Address,
                        Mode = content.Mode(parsed),
                        Concurrency = concurrency,
                        Duration = TimeSpan.FromSeconds(measured),
                    };
                    var report = await new OverheadBench(
                        model.Encoder,
                        preprocessor,
                        model.Tokenizer,
                        items,
                        content.Open(parsed, seed: 1),
                        plan
                    )
                        .RunAsync(turns, requests, round => error.WriteLine($"geotag: {Line(round)}"), cancellationToken)
                        .ConfigureAwait(false);
                    Print(report, parsed.InvocationConfiguration.Output);
                    await ReportFileOption
                        .WriteAsync(parsed.GetValue(json), report, OverheadJson.Default.OverheadReport, cancellationToken)
                        .ConfigureAwait(false);
                }

                return ExitCode.Success;
            }
        );
        return command;
    }

    private static void Print(OverheadReport report, TextWriter output)
    {
        var table = new Table().AddColumns($"{report.Mode}, {report.Rounds.Count} rounds", "median", "least to greatest");
        Add("bare encoders, items a second", report.Rounds.Select(round => round.BarePerSecond), "0.0");
        Add($"service at {report.Clients} clients, answers a second", report.Rounds.Select(round => round.ServicePerSecond), "0.0");
        Add("service ÷ bare", report.Rounds.Select(round => round.Share), "0.000");
        Add("service ÷ bare, less the time of the generator", report.Rounds.Select(round => round.ShareOfTheRest), "0.000");
        Add("bare: decode and encode one item, ms", report.Rounds.Select(round => round.BareLone), "0.00");
        Add("service: a lone request, ms", report.Rounds.Select(round => round.ServiceLone), "0.00");
        Add("added by the service, ms", report.Rounds.Select(round => round.AddedLone), "0.00");
        PlainTable.Write(table, output, TableWidth);
        output.WriteLine(
            $"best bare loops: {report.BestPhotos} photos, {report.BestTitles} titles; {report.Cores} processors, generator included"
        );

        void Add(string name, IEnumerable<double> values, string format)
        {
            var spread = RoundSpread.Of(values);
            table.AddRow(name, Number(spread.Median, format), $"{Number(spread.Least, format)} to {Number(spread.Greatest, format)}");
        }
    }

    private static string Line(OverheadRound round) =>
        $"{Number(round.ServicePerSecond, "0.0")}/s of {Number(round.BarePerSecond, "0.0")}/s bare; lone {Number(round.ServiceLone, "0.0")} ms, bare {Number(round.BareLone, "0.0")} ms";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
