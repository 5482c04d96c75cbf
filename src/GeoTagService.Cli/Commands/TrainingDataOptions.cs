using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Scoring;
using GeoTagService.Training.Tables;

namespace GeoTagService.Cli.Commands;

/// <summary>Where labelled photos come from, the same on every command that learns or measures.</summary>
internal sealed class TrainingDataOptions
{
    private readonly Option<string?> _embeddings = new("--embeddings") { Description = "Store that 'geotag embed' wrote.", HelpName = "DIR" };
    private readonly Option<string?> _labels = new("--labels") { Description = "CSV of labels: gridimage_id and 49 tag columns.", HelpName = "FILE" };
    private readonly Option<int?> _semiSynthetic = new("--semi-synthetic") { Description = "Instead: a semi-synthetic benchmark of so many rows.", HelpName = "ROWS" };
    private readonly Option<int> _dataSeed = new("--data-seed") { Description = "Which semi-synthetic sample.", HelpName = "N", DefaultValueFactory = _ => 1 };

    public Option<int> SplitSeed { get; } = new("--split-seed") { Description = "Seed of the split, one for all runs that are compared.", HelpName = "N", DefaultValueFactory = _ => 42 };

    public Option<double> ValidationShare { get; } = new("--validation-share") { Description = "Share of photos held out.", HelpName = "P", DefaultValueFactory = _ => 0.2 };

    public Option<int> MostTags { get; } = new("--most-tags") { Description = "Photos with more tags are left out; 0 keeps all.", HelpName = "N", DefaultValueFactory = _ => 5 };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _embeddings, _labels, _semiSynthetic, _dataSeed, SplitSeed, ValidationShare, MostTags })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Opens the photos, and says on standard error what was left out.</summary>
    /// <exception cref="CommandFailureException">The options do not say one source, or its files are not what they should be.</exception>
    public PhotoSet Open(ParseResult parsed, TextWriter error)
    {
        var (store, labels, rows) = (parsed.GetValue(_embeddings), parsed.GetValue(_labels), parsed.GetValue(_semiSynthetic));
        if (rows is { } count && store is null && labels is null)
        {
            return count is > 0 and <= 4_000_000
                ? PhotoSet.SemiSynthetic(count, parsed.GetValue(_dataSeed))
                : throw new CommandFailureException(ExitCode.Usage, "--semi-synthetic takes 1 to 4000000 rows");
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
                error.WriteLine($"geotag: {labels}: {table.Broken} broken lines were skipped");
            }

            var photos = PhotoSet.Labelled(store, table);
            if (photos.LeftOut > 0)
            {
                error.WriteLine($"geotag: {photos.LeftOut} photos of {store} have no labels or no photo and are left out");
            }

            return photos;
        }
        catch (InvalidDataException fault)
        {
            throw new CommandFailureException(ExitCode.Environment, fault.Message, fault);
        }
    }

    public DatasetSplit Split(ParseResult parsed, PhotoSet photos)
    {
        var share = parsed.GetValue(ValidationShare);
        return share is > 0 and < 1
            ? photos.Data.Split(parsed.GetValue(SplitSeed), share, parsed.GetValue(MostTags))
            : throw new CommandFailureException(ExitCode.Usage, "--validation-share lies between 0 and 1, both excluded");
    }
}
