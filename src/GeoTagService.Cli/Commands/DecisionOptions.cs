using System.CommandLine;
using System.Globalization;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Decisions;
using GeoTagService.Training.Scoring;

namespace GeoTagService.Cli.Commands;

/// <summary>How probabilities become tags.</summary>
internal enum DecisionKind
{
    /// <summary>Each tag by its threshold, none where none is above: as the paper's authors validate.</summary>
    Threshold,

    /// <summary>The same, and the most probable tag where none is above: as submissions and the service decide.</summary>
    Fallback,

    /// <summary>The whole set at once, of those that training photos carry.</summary>
    LabelSets,
}

/// <summary>Heads and how they decide, the same on every command that decides.</summary>
internal sealed class DecisionOptions
{
    private readonly DecisionKind[] _kinds;
    private readonly Option<string> _heads = new("--heads")
    {
        Description = "Directory of a run, or a bundle.",
        HelpName = "DIR",
        Required = true,
    };
    private readonly Option<string?> _bundle = new("--bundle")
    {
        Description = "The bundle with the location encoder that heads of a run with a place prior were trained with.",
        HelpName = "DIR",
    };
    private readonly Option<DecisionKind[]> _decision;
    private readonly Option<string?> _sets = new("--label-sets")
    {
        Description = $"Label sets of the training photos; default {LabelSetPrior.FileName} beside the heads.",
        HelpName = "FILE",
    };
    private readonly Option<double> _weight = new("--label-set-weight")
    {
        Description = "How much their frequency counts, 0 to 1.",
        HelpName = "W",
        DefaultValueFactory = _ => LabelSetPrior.DefaultWeight,
    };

    /// <summary>Options of a command.</summary>
    /// <param name="kinds">The decisions that it takes, its default first.</param>
    public DecisionOptions(params DecisionKind[] kinds)
    {
        _kinds = kinds;
        _decision = new("--decision")
        {
            Description =
                string.Join("; ", kinds.Select(kind => Describe(kind) + (kind == kinds[0] ? " (default)" : string.Empty)))
                + "; may be repeated.",
            HelpName = "KIND",
        };
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _heads, _bundle, _decision, _sets, _weight })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads the heads, once for each decision asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="only">Names to read; empty for all.</param>
    /// <param name="error">Standard error.</param>
    /// <exception cref="CommandFailureException">A head, label sets or the location encoder of a prior are missing.</exception>
    public IReadOnlyList<HeadFile> Read(ParseResult parsed, string[] only, TextWriter error)
    {
        var directory = parsed.GetRequiredValue(_heads);
        if (parsed.GetValue(_weight) is var weight and not (>= 0 and <= 1))
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                string.Create(CultureInfo.InvariantCulture, $"{_weight.Name} is {weight}; it lies from 0 to 1")
            );
        }

        var named = parsed.GetValue(_bundle);
        var all = HeadFiles.Read(
            directory,
            [],
            named is null || HeadFiles.IsBundle(directory) ? null : BundleOption.Open(named, ToolSettings.FromEnvironment().Tagging, error)
        );
        if (all.Count == 0)
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                $"{directory} holds no heads; --heads names what 'geotag train --output' wrote, or a bundle"
            );
        }

        if (only.FirstOrDefault(name => !all.Any(head => head.Name == name)) is { } unknown)
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                $"{directory} holds no head '{unknown}'; it holds {string.Join(", ", all.Select(head => head.Name))}"
            );
        }

        var heads = all.Where(head => only.Length == 0 || only.Contains(head.Name))
            .OrderBy(head => Array.IndexOf(only, head.Name))
            .ToList();

        if (heads.Find(head => head.PlacePrior is not null && head.Places is null) is { } without)
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                $"{without.Name} takes a prior of places from the location encoder {without.PlacePrior!.Encoder[..12]}…, "
                    + (
                        named is null
                            ? $"which is in no run: {_bundle.Name} names the bundle that has it"
                            : $"and {named} has another or none: {_bundle.Name} names the bundle that it was trained with"
                    )
            );
        }

        var kinds = parsed.GetValue(_decision) is { Length: > 0 } given ? given.Distinct().ToArray() : _kinds[..1];
        if (kinds.Except(_kinds).Any())
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                $"{_decision.Name} takes {string.Join(" or ", _kinds)} here, because a submission names at least one tag a photo"
            );
        }

        var sets = kinds.Contains(DecisionKind.LabelSets) ? LabelSets(parsed, directory) : null;
        return [.. heads.SelectMany(head => kinds, (head, kind) => Deciding(head, kind, sets))];
    }

    private static string Describe(DecisionKind kind) =>
        kind switch
        {
            DecisionKind.Threshold => "Threshold: tags above their threshold, maybe none, as the paper's authors validate",
            DecisionKind.Fallback => "Fallback: the most probable tag where none is above, as submissions and the service decide",
            _ => "LabelSets: the most probable of the sets seen in training",
        };

    /// <summary>A head by one decision; only what differs from the command's default shows in its name.</summary>
    private HeadFile Deciding(HeadFile head, DecisionKind kind, LabelSetPrior? sets) =>
        kind switch
        {
            DecisionKind.LabelSets => head.DecidingBy(sets!),
            DecisionKind.Fallback when _kinds[0] != DecisionKind.Fallback => head.DecidingWithFallback(),
            _ => head,
        };

    private LabelSetPrior LabelSets(ParseResult parsed, string directory)
    {
        var weight = parsed.GetValue(_weight);
        if (weight is not (>= 0 and <= 1))
        {
            throw new CommandFailureException(ExitCode.Usage, $"{_weight.Name} lies between 0 and 1");
        }

        var path = parsed.GetValue(_sets) ?? Path.Combine(directory, LabelSetPrior.FileName);
        if (!File.Exists(path))
        {
            throw new CommandFailureException(
                ExitCode.Environment,
                $"{path}: there is no such file; 'geotag train' leaves it beside its heads, and {_sets.Name} names one elsewhere"
            );
        }

        try
        {
            return LabelSetPrior.Read(path, TagCatalog.Count, weight);
        }
        catch (InvalidDataException fault)
        {
            throw new CommandFailureException(ExitCode.Environment, fault.Message, fault);
        }
    }
}
