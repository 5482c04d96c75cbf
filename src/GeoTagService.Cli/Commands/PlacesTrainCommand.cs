using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Serialization;
using GeoTagService.Bulk.Places;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Datasets.SemiSynthetic;
using GeoTagService.Training.Places;
using GeoTagService.Training.Publishing;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag places train</c>: places and tags to a location encoder, held against simpler ways where asked.</summary>
internal static class PlacesTrainCommand
{
    private const int FewestPhotos = 100;
    private const int MostSeeds = 100;

    public static Command Create()
    {
        var source = new PlacedPhotoOptions();
        var rows = new Option<int>("--semi-synthetic")
        {
            Description = "This many photos of a drawn country instead, for comparing methods.",
            HelpName = "PHOTOS",
        };
        var strength = new Option<double>("--place-strength")
        {
            Description = "How much tags of the drawn country depend on the place: 0 not at all, 1 moderately, 2 strongly.",
            DefaultValueFactory = _ => 1,
        };
        strength.Validators.Add(result => Between(result, 0, 5));
        var blocks = new Option<string>("--blocks")
        {
            Description =
                "Squares that are held out: 100km for an encoder that speaks for regions without photos, 10km for one that fills gaps.",
            HelpName = "EDGE",
            DefaultValueFactory = _ => "100km",
        };
        BlockEdge.AcceptOnly(blocks);
        var compare = new Option<bool>("--compare")
        {
            Description =
                "Hold out a fifth of the squares, and measure the encoder on them beside linear models, kernel density and nearest neighbours.",
        };
        var seed = new Option<int>("--seed") { Description = "Seed of everything that is drawn.", DefaultValueFactory = _ => 42 };
        var seeds = new Option<int>("--seeds") { Description = "With --compare: repeat on this many seeds.", DefaultValueFactory = _ => 1 };
        seeds.Validators.Add(result => Between(result, 1, MostSeeds));
        var dimension = new Option<int>("--dimension") { Description = "Length of the embedding.", DefaultValueFactory = _ => 128 };
        dimension.AcceptOnlyFromAmong("64", "128", "192", "256");
        var steps = new Option<int>("--steps")
        {
            Description = "Steps of a network's training, 512 photos each; never fewer than three passes over the photos.",
            HelpName = "N",
            DefaultValueFactory = _ => new LocationEncoderRecipe().Steps,
        };
        steps.Validators.Add(result => Between(result, 1, 1_000_000));
        var threads = new Option<int>("--threads") { Description = "Threads of the engine; 0 takes every core.", HelpName = "N" };
        var output = new Option<string?>("--output") { Description = "Write the encoder there, as ONNX.", HelpName = "FILE" };
        var bundle = BundleOption.Create();
        var bundleOutput = new Option<string?>("--bundle-output")
        {
            Description = "Write a new bundle there: the one of --bundle with this encoder.",
            HelpName = "DIR",
        };
        var heldOut = new LeftOutSquaresOptions();
        var json = ReportFileOption.Create("--json", "With --compare: write every seed's scores there.");
        var command = new Command("train", "Trains a location encoder: a place to an embedding and to the tags that are seen there.")
        {
            rows,
            strength,
            blocks,
            compare,
            seed,
            seeds,
            dimension,
            steps,
            threads,
            output,
            bundle,
            bundleOutput,
            json,
        };
        source.AddTo(command);
        heldOut.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    async () =>
                    {
                        var error = parsed.InvocationConfiguration.Error;
                        var drawn = parsed.GetValue(rows);
                        if (drawn < 0 || drawn > 0 == source.AreGiven(parsed))
                        {
                            throw new CommandFailureException(
                                ExitCode.Usage,
                                "--input, --labels or --semi-synthetic says where photos come from, and one of the three alone"
                            );
                        }

                        var (file, directory) = (parsed.GetValue(output), parsed.GetValue(bundleOutput));
                        if (file is null && directory is null && !parsed.GetValue(compare))
                        {
                            throw new CommandFailureException(
                                ExitCode.Usage,
                                "--output or --bundle-output says where the encoder goes, or --compare that it is only measured"
                            );
                        }

                        var recipe = new LocationEncoderRecipe
                        {
                            BlockEdge = BlockEdge.Metres(parsed.GetValue(blocks)),
                            Steps = parsed.GetValue(steps),
                            Seed = parsed.GetValue(seed),
                        };
                        recipe = recipe with { Width = parsed.GetValue(dimension) / recipe.Members };
                        var photos = drawn > 0 ? null : Read(source, parsed, error, recipe.Seed, cancellationToken);
                        PlacedLabels PhotosOf(int number) =>
                            photos ?? new PlacedWorld(number, parsed.GetValue(strength)).Draw(drawn, number);

                        if (parsed.GetValue(compare))
                        {
                            var report = new List<PlaceReport>();
                            for (var i = 0; i < parsed.GetValue(seeds); i++)
                            {
                                var number = recipe.Seed + i;
                                var (scores, held) = PlaceComparison.Run(
                                    PhotosOf(number),
                                    recipe with
                                    {
                                        Seed = number,
                                    },
                                    photos is null ? new PlacedWorld(number, parsed.GetValue(strength)) : null,
                                    parsed.GetValue(threads),
                                    cancellationToken
                                );
                                report.Add(new PlaceReport(number, recipe.BlockEdge, held, scores));
                                Print(report[^1], parsed.InvocationConfiguration.Output);
                            }

                            await ReportFileOption
                                .WriteAsync(parsed.GetValue(json), report, PlaceReportJson.Default.ListPlaceReport, cancellationToken)
                                .ConfigureAwait(false);
                        }

                        if (file is not null || directory is not null)
                        {
                            var squares = heldOut.Read(parsed);
                            var learnt = LeftOutSquaresOptions.Without(squares, PhotosOf(recipe.Seed), FewestPhotos, error);
                            var training = LocationEncoderTrainer.Train(
                                learnt,
                                null,
                                recipe,
                                parsed.GetValue(threads),
                                new Progress(error),
                                cancellationToken
                            );
                            if (file is not null)
                            {
                                training.Encoder.ToGraph().Save(file);
                            }

                            if (directory is not null)
                            {
                                var made = LocationPublishing.Add(
                                    BundleOption.Open(parsed.GetValue(bundle), ToolSettings.FromEnvironment().Tagging, error),
                                    training,
                                    recipe,
                                    learnt,
                                    drawn > 0
                                        ? string.Create(
                                            CultureInfo.InvariantCulture,
                                            $"a drawn country, strength {parsed.GetValue(strength)}: not for use"
                                        )
                                        : source.Describe(parsed),
                                    directory,
                                    squares
                                );
                                error.WriteLine($"geotag: {made.Manifest.Name} with a location encoder is in {made.Origin}");
                            }
                        }

                        return ExitCode.Success;
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static void Between(OptionResult result, double least, double most)
    {
        if (result.Tokens.Count > 0 && DecimalOption.TryRead(result.Tokens[0].Value, out var value) && !(value >= least && value <= most))
        {
            result.AddError(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{result.IdentifierToken?.Value} is {value}; it lies between {least} and {most}"
                )
            );
        }
    }

    /// <summary>Where a run knows probabilities, a photo's tags are drawn by them: shares stay what they are.</summary>
    private static PlacedLabels Read(
        PlacedPhotoOptions source,
        ParseResult parsed,
        TextWriter error,
        int seed,
        CancellationToken cancellationToken
    )
    {
        var positions = new List<GeoPosition>();
        var labels = new List<ulong>();
        var random = new Random(seed);
        var pyramid = new SquarePyramid();
        var photos = new PlacedPhotos(pyramid)
        {
            Placed = (position, tags) =>
            {
                var set = 0UL;
                for (var tag = 0; tag < TagCatalog.Count; tag++)
                {
                    set |= random.NextDouble() < tags.Span[tag] ? 1UL << tag : 0;
                }

                positions.Add(position);
                labels.Add(set);
            },
        };
        source.Read(parsed, photos, cancellationToken);
        error.WriteLine($"geotag: {positions.Count} photos with a place; {photos.LeftOut}");
        return positions.Count >= FewestPhotos
            ? new PlacedLabels(positions, [.. labels])
            : throw new CommandFailureException(
                ExitCode.Usage,
                $"{positions.Count} photos with a place are too few to learn from; at least {FewestPhotos} are needed"
            );
    }

    private static void Print(PlaceReport report, TextWriter output)
    {
        output.WriteLine($"seed {report.Seed}: {report.Photos} photos of squares of {report.BlockEdge / 1000} km that were held out whole");
        output.WriteLine($"  {"", -18} log loss  to lat-lon-linear  average precision  calibration error");
        var raw = report.Scores[PlaceComparison.RawLinear].LogLoss;
        foreach (var (way, scores) in report.Scores.OrderBy(pair => pair.Value.LogLoss))
        {
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {way, -18} {scores.LogLoss, 8:0.00000} {100 * ((scores.LogLoss / raw) - 1), 17:+0.00;-0.00;0.00} % {scores.AveragePrecision, 18:0.0000} {scores.CalibrationError, 18:0.0000}"
                )
            );
        }
    }

    private sealed class Progress(TextWriter error) : IProgress<string>
    {
        public void Report(string value) => error.WriteLine($"geotag: {value}");
    }
}

/// <summary>One seed's comparison.</summary>
/// <param name="Seed">Its number.</param>
/// <param name="BlockEdge">Edge of the held-out squares, metres.</param>
/// <param name="Photos">Photos measured on.</param>
/// <param name="Scores">By way.</param>
internal sealed record PlaceReport(int Seed, int BlockEdge, int Photos, IReadOnlyDictionary<string, PlaceScores> Scores);

/// <summary>How comparisons are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(List<PlaceReport>))]
internal sealed partial class PlaceReportJson : JsonSerializerContext;
