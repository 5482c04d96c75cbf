using System.CommandLine;
using System.Numerics;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Tags;
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
        MostTags.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var most) && most < 0)
            {
                result.AddError($"--most-tags is {most}; it is 0 or above");
            }
        });
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

            if (table.Unknown.Count > 0)
            {
                error.WriteLine($"geotag: {labels}: there is no {string.Join(", ", table.Unknown.Take(5))} among the tags; not looked at");
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

            if (photos.Strangers > 0)
            {
                error.WriteLine($"geotag: {Counted.Of(photos.Strangers, "photo")} of {labels} not in {store}, and left out");
            }

            WarnOfTorn(photos, store, error);
            var seen = photos.Data.Labels.Aggregate(0UL, (all, set) => all | set);
            if (BitOperations.PopCount(seen) < TagCatalog.Count)
            {
                error.WriteLine(
                    $"geotag: {TagCatalog.Count - BitOperations.PopCount(seen)} of the {TagCatalog.Count} tags are on none of these photos"
                );
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

    /// <summary>Says that a store ends in the middle.</summary>
    public static void WarnOfTorn(PhotoSet photos, string store, TextWriter error)
    {
        if (photos.Torn > 0)
        {
            error.WriteLine(
                $"geotag: {Counted.Of(photos.Torn, "photo")} at the end of {store} cut off and left out: writing was interrupted, or it was copied in part; 'geotag embed' embeds them again"
            );
        }
    }

    /// <summary>Says that embeddings are another model's than those that heads were made for.</summary>
    public void WarnOfStrangers(ParseResult parsed, PhotoSet photos, IEnumerable<HeadFile> heads) =>
        WarnOfStrangers(photos, parsed.GetValue(_embeddings), heads, parsed.InvocationConfiguration.Error);

    /// <summary>Says that embeddings are another model's than those that heads were made for.</summary>
    public static void WarnOfStrangers(PhotoSet photos, string? store, IEnumerable<HeadFile> heads, TextWriter error)
    {
        if (
            photos.Model is { } model
            && heads.Where(head => head.Models?.Contains(model) == false).Select(head => head.Name).ToList() is { Count: > 0 } names
        )
        {
            error.WriteLine(
                $"geotag: {store} was embedded by model {model}, and {Counted.Of(names.Count, "head")} ({string.Join(", ", names.Take(3))}{(names.Count > 3 ? ", …" : string.Empty)}) "
                    + "learnt from another's embeddings: what they say of these means nothing"
            );
        }
    }
}
