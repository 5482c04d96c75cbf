using System.CommandLine;
using System.Globalization;
using GeoTagService.Bench.Service;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Measuring;
using GeoTagService.Cli.Output;
using Spectre.Console;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag bench lists</c>: runs over lists beside the bare encoder, by turns.</summary>
internal static class BenchListsCommand
{
    private const int TableWidth = 130;
    private const int LargestEdge = 8000;

    public static Command Create()
    {
        var bundle = BundleOption.Create();
        var photos = new Option<int>("--photos")
        {
            Description = "Photos of each run. Default 240.",
            HelpName = "N",
            DefaultValueFactory = _ => 240,
        };
        var size = new Option<string>("--size")
        {
            Description = "Their size. Default 640x480.",
            HelpName = "WxH",
            DefaultValueFactory = _ => "640x480",
        };
        var folder = new Option<bool>("--folder-only") { Description = "Leave out tar, addresses and Parquet." };
        var rounds = RoundsOption.Create(standard: 5);
        var json = ReportFileOption.Create("--json", "Write the rounds as JSON.");
        var command = new Command("lists", "Measures what lists cost beyond the bare encoder: folder, tar, addresses, Parquet.")
        {
            bundle,
            photos,
            size,
            folder,
            rounds,
            json,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                if (parsed.GetValue(photos) is not (>= 1 and <= 1_000_000) || Size(parsed.GetValue(size)!) is not { } pixels)
                {
                    throw new CommandFailureException(
                        ExitCode.Usage,
                        $"--photos takes 1 to 1000000, --size WIDTHxHEIGHT of 1 to {LargestEdge} pixels"
                    );
                }

                var turns = RoundsOption.Read(parsed, rounds);
                var error = parsed.InvocationConfiguration.Error;
                using var material = await ListMaterial
                    .CreateAsync(parsed.GetValue(photos), pixels.Width, pixels.Height)
                    .ConfigureAwait(false);
                var session = await TaggerSession.OpenAsync(parsed.GetValue(bundle), error, cancellationToken).ConfigureAwait(false);
                await using (session.ConfigureAwait(false))
                {
                    var rates = await new ListRounds(session, material)
                        .RunAsync(
                            parsed.GetValue(folder) ? [material.Inputs[0]] : material.Inputs,
                            turns,
                            (round, now) =>
                                error.WriteLine(
                                    $"geotag: round {round + 1}: {string.Join(", ", now.Select(rate => Number(rate, "0.0")))}/s"
                                ),
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                    Print(rates, parsed.InvocationConfiguration.Output);
                    await ReportFileOption
                        .WriteAsync(parsed.GetValue(json), rates, ListRatesJson.Default.ListRates, cancellationToken)
                        .ConfigureAwait(false);
                }

                return ExitCode.Success;
            }
        );
        return command;
    }

    private static (int Width, int Height)? Size(string text) =>
        text.Split('x') is [var width, var height] && Edge(width) is { } w && Edge(height) is { } h ? (w, h) : null;

    private static int? Edge(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var edge) && edge is >= 1 and <= LargestEdge ? edge : null;

    private static void Print(ListRates rates, TextWriter output)
    {
        var table = new Table().AddColumns(
            $"{rates.Bare.PerSecond.Count} rounds",
            "photos a second",
            "÷ bare",
            "÷ folder",
            "processor, ms"
        );
        table.AddRow(
            $"{rates.Bare.Name}, {rates.BareLoop}",
            Spread(RoundSpread.Of(rates.Bare.PerSecond), "0.0"),
            "",
            "",
            Spread(RoundSpread.Of(rates.Bare.Processor), "0.0")
        );
        foreach (var list in rates.Lists)
        {
            table.AddRow(
                list.Name,
                Spread(RoundSpread.Of(list.PerSecond), "0.0"),
                Spread(rates.OfBare(list), "0.000"),
                list == rates.Lists[0] ? "" : Spread(rates.OfFirst(list), "0.000"),
                Spread(RoundSpread.Of(list.Processor), "0.0")
            );
        }

        PlainTable.Write(table, output, TableWidth);
        output.WriteLine(
            $"median, least and greatest; {rates.Photos} photos a run, {rates.Cores} processors, the host of addresses included"
        );
    }

    private static string Spread(RoundSpread spread, string format) =>
        $"{Number(spread.Median, format)} ({Number(spread.Least, format)} to {Number(spread.Greatest, format)})";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
