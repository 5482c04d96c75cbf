using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Scoring;
using GeoTagService.Training.Tables;

namespace GeoTagService.Cli.Commands;

/// <summary>Where labelled photos come from, the same on every command that learns or measures.</summary>
internal sealed class TrainingDataOptions
{
    private readonly Option<string?> _embeddings = new("--embeddings")
    {
        Description = "Store that 'geotag embed' wrote.",
        HelpName = "DIR",
    };
    private readonly Option<string?> _labels = new("--labels")
    {
        Description = "CSV of labels: gridimage_id and 49 tag columns.",
        HelpName = "FILE",
    };
    private readonly Option<int?> _semiSynthetic = new("--semi-synthetic")
    {
        Description = "Instead: a semi-synthetic benchmark of so many rows.",
        HelpName = "ROWS",
    };
    private readonly Option<int> _dataSeed = new("--data-seed")
    {
        Description = "Which semi-synthetic sample.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<double?> _strength = new("--place-strength")
    {
        Description =
            "With --semi-synthetic: photos of a drawn country in which tags depend on the place, 0 not at all, 1 moderately, 2 strongly.",
        HelpName = "S",
    };
    private readonly Option<string?> _squares = new("--hold-out")
    {
        Description = "Hold out whole squares of the national grids, 100km or 10km, instead of photo by photo.",
        HelpName = "EDGE",
    };

    private readonly IdsOption _ids = new();

    public Option<int> SplitSeed { get; } =
        new("--split-seed")
        {
            Description = "Seed of the split, one for all runs that are compared.",
            HelpName = "N",
            DefaultValueFactory = _ => 42,
        };

    public Option<double> ValidationShare { get; } =
        new("--validation-share")
        {
            Description = "Share of photos held out.",
            HelpName = "P",
            DefaultValueFactory = _ => 0.2,
        };

    public Option<int> MostTags { get; } =
        new("--most-tags")
        {
            Description = "Photos with more tags are left out; 0 keeps all.",
            HelpName = "N",
            DefaultValueFactory = _ => 5,
        };

    public void AddTo(Command command)
    {
        BlockEdge.AcceptOnly(_squares);
        foreach (
            var option in new Option[]
            {
                _embeddings,
                _labels,
                _semiSynthetic,
                _strength,
                _dataSeed,
                SplitSeed,
                ValidationShare,
                _squares,
                MostTags,
            }
        )
        {
            command.Options.Add(option);
        }

        _ids.AddTo(command);
    }

    /// <summary>Opens the photos, and says on standard error what was left out.</summary>
    /// <exception cref="CommandFailureException">The options do not say one source, or its files are not what they should be.</exception>
    public PhotoSet Open(ParseResult parsed, TextWriter error)
    {
        var (store, labels, rows) = (parsed.GetValue(_embeddings), parsed.GetValue(_labels), parsed.GetValue(_semiSynthetic));
        if (rows is { } count && store is null && labels is null)
        {
            if (count is <= 0 or > 4_000_000)
            {
                throw new CommandFailureException(ExitCode.Usage, "--semi-synthetic takes 1 to 4000000 rows");
            }

            return StrengthOf(parsed) is { } strength
                ? PhotoSet.Placed(count, parsed.GetValue(_dataSeed), strength)
                : PhotoSet.SemiSynthetic(count, parsed.GetValue(_dataSeed));
        }

        if (parsed.GetValue(_strength) is not null)
        {
            throw new CommandFailureException(ExitCode.Usage, "--place-strength goes with --semi-synthetic");
        }

        if (rows is not null || store is null || labels is null)
        {
            throw new CommandFailureException(ExitCode.Usage, "give --embeddings with --labels, or --semi-synthetic");
        }

        try
        {
            var table = LabelTable.Read(labels);
            if (table.Broken > 0)
            {
                error.WriteLine(
                    $"geotag: {labels}: {Counted.Of(table.Broken, "broken line was", "broken lines were")} skipped; the first: {table.FirstFault}"
                );
            }

            var wanted = _ids.Read(parsed, error);
            var photos = PhotoSet.Labelled(store, table, wanted?.ToHashSet());
            if (wanted?.Except(photos.Ids).ToList() is { Count: > 0 } missing)
            {
                error.WriteLine($"geotag: {IdsOption.Missing(missing, $"have no labels or no photo in {store}")}");
            }

            if (wanted is null && photos.LeftOut > 0)
            {
                error.WriteLine($"geotag: {Counted.Of(photos.LeftOut, "photo")} of {store} without labels or without a photo left out");
            }

            return photos;
        }
        catch (InvalidDataException fault)
        {
            throw new CommandFailureException(ExitCode.Environment, fault.Message, fault);
        }
    }

    /// <summary>Edge in metres of the squares that are held out whole, or null.</summary>
    public int? SquareEdge(ParseResult parsed) => parsed.GetValue(_squares) is { } edge ? BlockEdge.Metres(edge) : null;

    /// <summary>The squares that are held out, or null.</summary>
    public HeldOutSquares? Squares(ParseResult parsed) =>
        SquareEdge(parsed) is { } edge ? new HeldOutSquares(edge, parsed.GetValue(ValidationShare), parsed.GetValue(SplitSeed)) : null;

    /// <summary>How much tags of the drawn country depend on the place; null for the usual generator.</summary>
    public double? StrengthOf(ParseResult parsed) =>
        parsed.GetValue(_strength) is not { } strength ? null
        : strength is >= 0 and <= 5 ? strength
        : throw new CommandFailureException(ExitCode.Usage, "--place-strength lies between 0 and 5");

    /// <summary>How many photos are drawn; null where a store is read.</summary>
    public int? RowsDrawn(ParseResult parsed) => parsed.GetValue(_semiSynthetic);

    private static DatasetSplit Checked(DatasetSplit split) =>
        split.Training.Length > 0 && split.Validation.Length > 0
            ? split
            : throw new CommandFailureException(
                ExitCode.Usage,
                $"of the photos {split.Training.Length} would be learnt from and {split.Validation.Length} held out; "
                    + "another --validation-share, --split-seed or --hold-out divides them"
            );

    public DatasetSplit Split(ParseResult parsed, PhotoSet photos)
    {
        var share = parsed.GetValue(ValidationShare);
        return share is > 0 and < 1
            ? Checked(photos.Data.Split(parsed.GetValue(SplitSeed), share, parsed.GetValue(MostTags), SquareEdge(parsed)))
            : throw new CommandFailureException(ExitCode.Usage, "--validation-share lies between 0 and 1, both excluded");
    }
}
