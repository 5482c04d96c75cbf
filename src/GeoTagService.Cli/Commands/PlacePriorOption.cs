using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Models.Weights;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Engine;
using GeoTagService.Training.Scoring;

namespace GeoTagService.Cli.Commands;

/// <summary>What heads that are trained make of the place, and what is to be said of it.</summary>
internal sealed class PlacePriorOption
{
    public Option<PlaceUse?> Option { get; } =
        new("--place")
        {
            Description =
                "What heads make of the place: Numbers (the paper's two, where the name has -loc; default), Prior (the log-odds of tags there by the bundle's location encoder, weights fitted on the held-out photos; names end in -prior) or Both.",
            HelpName = "USE",
        };

    /// <summary>The head that uses the place so; without the option its name says how.</summary>
    public HeadName Of(HeadName name, ParseResult parsed) =>
        parsed.GetValue(Option) switch
        {
            null => name,
            PlaceUse.Numbers => name with { PlacePrior = false },
            PlaceUse.Both => name with { Modalities = name.Modalities | Modalities.Location, PlacePrior = true },
            _ when (name.Modalities & ~Modalities.Location) == Modalities.None => throw new CommandFailureException(
                ExitCode.Usage,
                $"{name} uses nothing but the place; a prior is added to what a head says of a photo or a title"
            ),
            _ => name with { Modalities = name.Modalities & ~Modalities.Location, PlacePrior = true },
        };

    /// <summary>The bundle's location encoder.</summary>
    public static BundlePlaces Open(string? bundle, TextWriter error)
    {
        var opened = BundleOption.Open(bundle, ToolSettings.FromEnvironment().Tagging, error);
        return opened.Manifest.LocationEncoder is null
            ? throw new CommandFailureException(
                ExitCode.Usage,
                $"{opened.Manifest.Name} has no location encoder, which the prior of places comes from; 'geotag places train --bundle-output' "
                    + "makes a bundle with one, and --bundle names it"
            )
            : BundlePlaces.Open(opened);
    }

    /// <summary>Weights are too high where the encoder knows the photos that they are fitted on.</summary>
    public static void Warn(BundlePlaces? places, TrainingData data, DatasetSplit split, HeldOutSquares? squares, TextWriter error)
    {
        if (places is null)
        {
            return;
        }

        if (places.LeftOut is null || places.LeftOut != squares?.ToString())
        {
            error.WriteLine(
                $"geotag: the location encoder left out {places.LeftOut ?? "no photos"}, and here {squares?.ToString() ?? "single photos"} "
                    + "are held out: weights of the prior may come out too high, and figures with it flatter; --hold-out on both commands mends that"
            );
        }

        var known = split.Validation.Count(row => data.Positions?[row] is { } position && places.Prior.Knows(position));
        error.WriteLine(
            $"geotag: of {split.Validation.Length} photos held out, {known} lie where the location encoder has something to say"
        );
    }

    public static void Tell(TrainingResult result, TextWriter output, TextWriter? exported)
    {
        if (result is not { PlacePrior: { } prior, Published: { } scores })
        {
            return;
        }

        var used = prior.Weights.Count(weight => weight > 0);
        output.WriteLine(
            $"{"", -24} with its place prior {scores.Threshold.ExactMatch:0.0000} ({scores.Fallback.ExactMatch:0.0000})  macro F1 "
                + $"{scores.Threshold.MacroF1:0.0000} ({scores.Fallback.MacroF1:0.0000})  "
                + (
                    used == 0
                        ? "weights all zero: on the held-out photos it does not help"
                        : $"weights {prior.Weights.Min():0.00} to {prior.Weights.Max():0.00}, {prior.Weights.Average():0.00} in the mean"
                )
        );
        exported?.WriteLine("geotag: exported files hold the head alone; its place prior is in heads.json");
    }
}
