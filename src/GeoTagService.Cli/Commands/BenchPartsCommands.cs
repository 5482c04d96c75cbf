using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using GeoTagService.Cli.Bench.Parts;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Output;
using Spectre.Console;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag bench encoder</c> and <c>geotag bench stages</c>: the parts of a request in this process.</summary>
internal static class BenchPartsCommands
{
    private const int TableWidth = 120;

    public static Command CreateEncoder() => Create(
        "encoder",
        "Times the bare encoders over batch sizes, threads and sessions.",
        (directory, rounds, error, cancellationToken) => Task.Run(
            () =>
            {
                var settings = ToolSettings.FromEnvironment();
                return EncoderBench.Run(BundleOption.Open(directory, settings.Tagging, error), settings.Onnx, rounds, cancellationToken);
            },
            cancellationToken));

    public static Command CreateStages() => Create(
        "stages",
        "Times the stages of one lone request.",
        async (directory, rounds, error, cancellationToken) =>
        {
            var session = await TaggerSession.OpenAsync(directory, error, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                return await Task.Run(() => StageBench.Run(session.Tagger, rounds, cancellationToken), cancellationToken).ConfigureAwait(false);
            }
        });

    private static Command Create(
        string name, string description, Func<string?, int, TextWriter, CancellationToken, Task<IReadOnlyList<VariantTimes>>> measure)
    {
        var bundle = BundleOption.Create();
        var rounds = new Option<int>("--rounds") { Description = "Times that each is run. Default 20.", HelpName = "N", DefaultValueFactory = _ => 20 };
        var json = new Option<string?>("--json") { Description = "Write the times as JSON.", HelpName = "FILE" };
        var command = new Command(name, description) { bundle, rounds, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(rounds) is not (>= 1 and <= 100_000) and var wrong)
            {
                throw new CommandFailureException(ExitCode.Usage, $"--rounds takes 1 to 100000, not {wrong}");
            }

            var times = await measure(parsed.GetValue(bundle), parsed.GetValue(rounds), parsed.InvocationConfiguration.Error, cancellationToken)
                .ConfigureAwait(false);
            Print(times, parsed.InvocationConfiguration.Output);
            if (parsed.GetValue(json) is { } file)
            {
                await File.WriteAllTextAsync(file, JsonSerializer.Serialize(times, PartsJson.Default.IReadOnlyListVariantTimes) + "\n", cancellationToken)
                    .ConfigureAwait(false);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static void Print(IReadOnlyList<VariantTimes> times, TextWriter output)
    {
        var table = new Table().AddColumns("milliseconds an item", "median", "quartiles", "least", "processor");
        foreach (var time in times)
        {
            table.AddRow(
                time.Name, Number(time.Median), $"{Number(time.LowerQuartile)} to {Number(time.UpperQuartile)}", Number(time.Least), Number(time.Processor));
        }

        PlainTable.Write(table, output, TableWidth);
    }

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}

/// <summary>How times become JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<VariantTimes>))]
internal sealed partial class PartsJson : JsonSerializerContext;
