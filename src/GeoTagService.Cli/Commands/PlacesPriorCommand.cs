using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Models.Weights;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Datasets.SemiSynthetic;
using GeoTagService.Training.Engine;
using GeoTagService.Training.Places;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag places prior</c>: what a place prior brings to tagging in regions without photos, measured.</summary>
internal static class PlacesPriorCommand
{
    private static readonly string[] UsualHeads = ["linear-img-txt"];

    public static Command Create()
    {
        var data = new TrainingDataOptions();
        var heads = new Option<string[]>("--head")
        {
            Description = "Head to train with and without the prior, e.g. linear-img-txt (default); may be repeated.",
            HelpName = "NAME",
        };
        var blocks = new Option<string>("--blocks")
        {
            Description = "Squares that are held out, some to fit the prior's weights on and some to measure on: 100km or 10km.",
            HelpName = "EDGE",
            DefaultValueFactory = _ => "100km",
        };
        BlockEdge.AcceptOnly(blocks);
        var seed = new Option<int>("--seed") { Description = "Seed of everything that is drawn.", DefaultValueFactory = _ => 42 };
        var seeds = new Option<int>("--seeds") { Description = "Repeat on this many seeds.", DefaultValueFactory = _ => 1 };
        var steps = new Option<int>("--steps")
        {
            Description = "Steps of the encoder's training.",
            HelpName = "N",
            DefaultValueFactory = _ => new LocationEncoderRecipe().Steps,
        };
        var threads = new Option<int>("--threads") { Description = "Threads of the engine; 0 takes every core.", HelpName = "N" };
        var json = ReportFileOption.Create("--json", "Write every seed's scores there.");
        var command = new Command(
            "prior",
            "Measures what a prior of places brings to tagging: encoder and heads learn, weights are fitted and scores are taken on squares of their own."
        )
        {
            heads,
            blocks,
            seed,
            seeds,
            steps,
            threads,
            json,
        };
        data.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    async () =>
                    {
                        var named = parsed.GetValue(heads) is { Length: > 0 } given ? given : UsualHeads;
                        if (parsed.GetValue(seeds) is < 1 or > 100 || parsed.GetValue(steps) < 1)
                        {
                            throw new CommandFailureException(ExitCode.Usage, "--seeds takes 1 to 100, --steps 1 or more");
                        }

                        var report = new List<PlacePriorReport>();
                        for (var number = parsed.GetValue(seed); number < parsed.GetValue(seed) + parsed.GetValue(seeds); number++)
                        {
                            var recipe = new LocationEncoderRecipe
                            {
                                BlockEdge = BlockEdge.Metres(parsed.GetValue(blocks)),
                                Steps = parsed.GetValue(steps),
                                Seed = number,
                            };
                            KeyValuePair<string, TrainingRecipe>[] recipes = [.. named.Select(name => RecipeOf(name, number))];
                            var (scores, held) = Run(data, parsed, number, recipes, recipe, parsed.GetValue(threads), cancellationToken);
                            report.Add(new PlacePriorReport(number, recipe.BlockEdge, held, scores));
                            Print(report[^1], parsed.InvocationConfiguration.Output);
                        }

                        await ReportFileOption
                            .WriteAsync(parsed.GetValue(json), report, PlacePriorJson.Default.ListPlacePriorReport, cancellationToken)
                            .ConfigureAwait(false);
                        return ExitCode.Success;
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static (IReadOnlyList<PlacePriorScores> Scores, int Photos) Run(
        TrainingDataOptions data,
        ParseResult parsed,
        int number,
        KeyValuePair<string, TrainingRecipe>[] heads,
        LocationEncoderRecipe recipe,
        int threads,
        CancellationToken cancellationToken
    )
    {
        try
        {
            if (data.RowsDrawn(parsed) is > 0 and <= 4_000_000 and var rows)
            {
                var world = new PlacedWorld(number, data.StrengthOf(parsed) ?? 1);
                var drawn = world.Draw(rows, number);
                return PlacePriorComparison.Run(drawn, PlacedWorld.Embed(drawn, number), heads, recipe, world, threads, cancellationToken);
            }

            using var photos = data.Open(parsed, parsed.InvocationConfiguration.Error);
            // A photo without a place lies outside every square, and is left out with it.
            var placed = new PlacedLabels(
                [.. (photos.Data.Positions ?? []).Select(position => position ?? new GeoPosition(0, 0))],
                photos.Data.Labels
            );
            return PlacePriorComparison.Run(placed, photos.Data, heads, recipe, null, threads, cancellationToken);
        }
        catch (InvalidDataException fault)
        {
            throw new CommandFailureException(ExitCode.Usage, fault.Message, fault);
        }
    }

    private static KeyValuePair<string, TrainingRecipe> RecipeOf(string name, int seed) =>
        HeadName.TryParse(name, out var head) && !head.PlacePrior
            ? new(name, TrainingRecipe.For(head.Modalities, head.Kind, head.MixUp) with { Seed = seed })
            : throw new CommandFailureException(
                ExitCode.Usage,
                $"'{name}' names no head without a prior; expected (linear|mlp)[-img][-txt][-loc][-mixup]"
            );

    private static void Print(PlacePriorReport report, TextWriter output)
    {
        output.WriteLine(
            $"seed {report.Seed}: {report.Photos} photos of squares of {report.BlockEdge / 1000} km that nothing was chosen on"
        );
        output.WriteLine($"  {"", -24} exact match  with prior    points  macro F1  with prior  mean weight  with the truth");
        foreach (var head in report.Scores)
        {
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {head.Head, -24} {head.ExactMatch, 11:0.0000} {head.ExactMatchWithPrior, 11:0.0000} {100 * (head.ExactMatchWithPrior - head.ExactMatch), 9:+0.00;-0.00;0.00} {head.MacroF1, 9:0.0000} {head.MacroF1WithPrior, 11:0.0000} {head.MeanWeight, 12:0.00} {100 * (head.ExactMatchWithTruth - head.ExactMatch), 15:+0.00;-0.00;0.00}"
                )
            );
        }
    }
}

/// <summary>One seed's comparison.</summary>
/// <param name="Seed">Its number.</param>
/// <param name="BlockEdge">Edge of the held-out squares, metres.</param>
/// <param name="Photos">Photos measured on.</param>
/// <param name="Scores">By head.</param>
internal sealed record PlacePriorReport(int Seed, int BlockEdge, int Photos, IReadOnlyList<PlacePriorScores> Scores);

/// <summary>How comparisons are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(List<PlacePriorReport>))]
internal sealed partial class PlacePriorJson : JsonSerializerContext;
