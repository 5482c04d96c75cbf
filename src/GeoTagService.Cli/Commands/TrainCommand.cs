using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Exchange;
using GeoTagService.Models.Weights;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Engine;
using GeoTagService.Training.Publishing;
using GeoTagService.Training.Runs;
using GeoTagService.Training.Scoring;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag train</c>: embeddings and labels to heads, by the paper's recipe unless told otherwise.</summary>
internal static class TrainCommand
{
    /// <summary>The paper's; a place alone never beats zero.</summary>
    private static readonly Modalities[] Combinations =
    [
        Modalities.Image,
        Modalities.Title,
        Modalities.Image | Modalities.Title,
        Modalities.Image | Modalities.Location,
        Modalities.Title | Modalities.Location,
        Modalities.Image | Modalities.Title | Modalities.Location,
    ];

    private static readonly bool[] Choices = [false, true];

    public static Command Create()
    {
        var data = new TrainingDataOptions();
        var recipe = new RecipeOptions();
        var heads = new Option<string[]>("--head")
        {
            Description = "Head to train, e.g. linear-img-txt-loc-mixup (default); may be repeated.",
            HelpName = "NAME",
        };
        var all = new Option<bool>("--all")
        {
            Description = "The paper's whole ablation: every modality, linear and MLP, with and without MixUp.",
        };
        var target = new Option<string?>("--output")
        {
            Description = "Directory of the run: heads, settings, logs, checkpoints.",
            HelpName = "DIR",
        };
        var resume = new Option<bool>("--resume") { Description = "Go on from the checkpoints in the directory." };
        var bundle = BundleOption.Create();
        var bundleOutput = new Option<string?>("--bundle-output")
        {
            Description = "Write a new bundle there: the one of --bundle with these heads added.",
            HelpName = "DIR",
        };
        var place = new PlacePriorOption();
        var formats = new Option<HeadFormat[]>("--export")
        {
            Description =
                "Also write each head as NAME.pth (Pth: a PyTorch state dict, as the paper's code loads) or NAME.safetensors (Safetensors); may be repeated.",
            HelpName = "FORMAT",
        };
        var export = new Option<string?>("--export-npy")
        {
            Description = "Also write the photos and the split as NumPy arrays.",
            HelpName = "DIR",
        };
        var steps = new Option<int?>("--export-steps")
        {
            Description = "With --export-npy: also the first N steps of each head, with every draw, gradient and parameter, in DIR/NAME.",
            HelpName = "N",
        };

        var command = new Command("train", "Trains heads on embeddings and labels.")
        {
            heads,
            all,
            place.Option,
            target,
            resume,
            bundle,
            bundleOutput,
            formats,
            export,
            steps,
        };
        data.AddTo(command);
        recipe.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var output = parsed.InvocationConfiguration.Output;
                        var error = parsed.InvocationConfiguration.Error;
                        List<HeadName> names =
                        [
                            .. Names(parsed.GetValue(heads) ?? [], parsed.GetValue(all)).Select(name => place.Of(name, parsed)).Distinct(),
                        ];
                        var directory = parsed.GetValue(target);
                        if (directory is null && parsed.GetValue(export) is null)
                        {
                            throw new CommandFailureException(ExitCode.Usage, "--output says where the heads go");
                        }

                        if (parsed.GetValue(steps) is { } wanted && (wanted < 1 || parsed.GetValue(export) is null))
                        {
                            throw new CommandFailureException(
                                ExitCode.Usage,
                                "--export-steps takes 1 or more, and --export-npy says where they go"
                            );
                        }

                        using var places = names.Exists(name => name.PlacePrior)
                            ? PlacePriorOption.Open(parsed.GetValue(bundle), error)
                            : null;
                        using var photos = data.Open(parsed, error);
                        var split = data.Split(parsed, photos);
                        PlacePriorOption.Warn(places, photos.Data, split, data.Squares(parsed), error);
                        if (parsed.GetValue(export) is { } arrays)
                        {
                            NpyExport.Write(arrays, photos.Data, split, TagCatalog.Count);
                            if (parsed.GetValue(steps) is { } count)
                            {
                                foreach (var name in names)
                                {
                                    StepExport.Write(
                                        Path.Combine(arrays, name.ToString()),
                                        photos.Data,
                                        split,
                                        recipe.For(parsed, name),
                                        TagCatalog.Count,
                                        count,
                                        parsed.GetValue(recipe.Threads)
                                    );
                                }
                            }
                        }

                        if (directory is null)
                        {
                            return ExitCode.Success;
                        }

                        error.WriteLine(
                            $"geotag: {photos.Description}; {split.Training.Length} to learn from, {split.Validation.Length} held out"
                        );
                        foreach (var name in names)
                        {
                            var settings = new RunSettings
                            {
                                Head = name.ToString(),
                                Data = photos.Description,
                                Rows = photos.Data.Rows,
                                EmbeddingDimension = photos.EmbeddingDimension,
                                SplitSeed = parsed.GetValue(data.SplitSeed),
                                ValidationShare = parsed.GetValue(data.ValidationShare),
                                MostTags = parsed.GetValue(data.MostTags),
                                Calibrate = parsed.GetValue(recipe.Calibrate),
                                TuneThresholds = parsed.GetValue(recipe.TuneThresholds),
                                Members = parsed.GetValue(recipe.Average) is > 1 and var members ? members : null,
                                HeldOutSquares = data.SquareEdge(parsed),
                                LocationEncoder = name.PlacePrior ? places!.Digest : null,
                                Recipe = recipe.For(parsed, name),
                            };
                            var result = Train(
                                photos,
                                settings,
                                directory,
                                parsed.GetValue(resume),
                                parsed.GetValue(recipe.Threads),
                                (parsed.GetValue(formats) ?? []).Distinct().ToArray(),
                                places,
                                error,
                                cancellationToken
                            );
                            var best = result.Best;
                            output.WriteLine(
                                $"{settings.Head, -24} exact match {best.ExactMatch:0.0000} ({best.ExactMatchWithFallback:0.0000} with fallback)  macro F1 {best.MacroF1:0.0000} ({best.MacroF1WithFallback:0.0000})  {(settings.Members is { } count ? $"average of {count}" : $"epoch {best.Epoch}")}"
                            );
                            PlacePriorOption.Tell(result, output, (parsed.GetValue(formats) ?? []).Length > 0 ? error : null);
                        }

                        if (parsed.GetValue(bundleOutput) is { } made)
                        {
                            var settings = ToolSettings.FromEnvironment();
                            var source = BundleOption.Open(parsed.GetValue(bundle), settings.Tagging, error);
                            var extended = BundleExtension.AddHeads(
                                source,
                                directory,
                                [.. names.Select(name => name.ToString())],
                                made,
                                Figures(source, photos, split, error, cancellationToken)
                            );
                            error.WriteLine(
                                $"geotag: {extended.Manifest.Name} with {extended.Manifest.Heads.Count} heads is in {extended.Origin}"
                            );
                        }

                        return ExitCode.Success;
                    },
                    cancellationToken
                )
        );
        return command;
    }

    /// <summary>The bundle's own heads on the same held-out photos: without, no trained head could be ranked beside them.</summary>
    private static IReadOnlyDictionary<string, HeadFigures>? Figures(
        Bundle source,
        PhotoSet photos,
        DatasetSplit split,
        TextWriter error,
        CancellationToken cancellationToken
    )
    {
        if (HeldOutFigures.CanMeasure(source, photos))
        {
            return HeldOutFigures.Of(source, photos, split.Validation, cancellationToken);
        }

        error.WriteLine(
            $"geotag: the heads that {source.Manifest.Name} had before were not measured on these photos, whose embeddings are not its own; "
                + "the new heads are used by name, or where no other fits"
        );
        return null;
    }

    private static TrainingResult Train(
        PhotoSet photos,
        RunSettings settings,
        string directory,
        bool resume,
        int threads,
        HeadFormat[] export,
        BundlePlaces? places,
        TextWriter error,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return TrainingRun.Execute(
                photos.Data,
                settings,
                directory,
                resume,
                report =>
                    error.WriteLine(
                        $"geotag: {settings.Head} epoch {report.Epoch}: loss {report.TrainingLoss:0.00000}, exact match {report.ExactMatch:0.0000} "
                            + $"({report.ExactMatchWithFallback:0.0000} with fallback), macro F1 {report.MacroF1:0.0000} ({report.MacroF1WithFallback:0.0000}), {report.Duration.TotalSeconds:0.0} s{(report.IsBest ? ", best" : string.Empty)}"
                    ),
                threads,
                export,
                places,
                cancellationToken
            );
        }
        catch (Exception fault) when (fault is InvalidDataException or ArgumentException)
        {
            throw new CommandFailureException(ExitCode.Environment, fault.Message, fault);
        }
    }

    private static List<HeadName> Names(string[] names, bool all)
    {
        if (all)
        {
            return [.. Ablation()];
        }

        var heads = names.Length == 0 ? ["linear-img-txt-loc-mixup"] : names;
        return
        [
            .. heads.Select(name =>
                HeadName.TryParse(name, out var parsed)
                    ? parsed
                    : throw new CommandFailureException(
                        ExitCode.Usage,
                        $"'{name}' names no head; expected (linear|mlp)[-img][-txt][-loc][-mixup][-prior]"
                    )
            ),
        ];
    }

    private static IEnumerable<HeadName> Ablation() =>
        from modalities in Combinations
        from kind in Enum.GetValues<HeadKind>()
        from mixUp in Choices
        select new HeadName(kind, modalities, mixUp);
}
