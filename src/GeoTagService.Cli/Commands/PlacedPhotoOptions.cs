using System.CommandLine;
using GeoTagService.Bulk.Places;
using GeoTagService.Cli.Execution;
using GeoTagService.Training.Tables;

namespace GeoTagService.Cli.Commands;

/// <summary>Where the commands of <c>geotag places</c> take photos from: outputs of a run, or labels with grid references.</summary>
internal sealed class PlacedPhotoOptions
{
    private readonly Option<string[]> _inputs = new("--input")
    {
        Description = "Output of 'geotag tag' with places: .ndjson, .geojson or .csv; may be repeated.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _labels = new("--labels")
    {
        Description = "Labels (train.csv) instead of outputs.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _metadata = new("--metadata")
    {
        Description = "CSV that has the labels' grid references.",
        HelpName = "FILE",
    };

    private readonly Option<string> _id = new("--id-column")
    {
        Description = "Column of the photo's number.",
        HelpName = "NAME",
        DefaultValueFactory = _ => LabelTable.IdColumn,
    };

    private readonly Option<string> _reference = new("--grid-reference-column")
    {
        Description = "Column of its grid reference.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "grid_reference",
    };

    public void AddTo(Command command)
    {
        command.Add(_inputs);
        command.Add(_labels);
        command.Add(_metadata);
        command.Add(_id);
        command.Add(_reference);
    }

    /// <summary>Whether any photos are named.</summary>
    public bool AreGiven(ParseResult parsed) => (parsed.GetValue(_inputs) ?? []).Length > 0 || parsed.GetValue(_labels) is not null;

    /// <summary>What the photos are, in words.</summary>
    public string Describe(ParseResult parsed) =>
        string.Join(
            ", ",
            (parsed.GetValue(_inputs) ?? []).Append(parsed.GetValue(_labels)).OfType<string>().Select(path => Path.GetFileName(path))
        );

    /// <summary>Reads the photos.</summary>
    /// <exception cref="CommandFailureException">Both kinds are named, or neither.</exception>
    public void Read(ParseResult parsed, PlacedPhotos photos, CancellationToken cancellationToken)
    {
        var (inputs, labels) = (parsed.GetValue(_inputs) ?? [], parsed.GetValue(_labels));
        if (inputs.Length == 0 == labels is null)
        {
            throw new CommandFailureException(ExitCode.Usage, "--input or --labels says where photos come from, and one of the two alone");
        }

        foreach (var input in inputs)
        {
            photos.ReadRun(input, cancellationToken);
        }

        if (labels is not null)
        {
            photos.ReadLabels(
                labels,
                parsed.GetValue(_metadata)
                    ?? throw new CommandFailureException(ExitCode.Usage, "--labels needs --metadata, which has the grid references"),
                parsed.GetRequiredValue(_id),
                parsed.GetRequiredValue(_reference),
                cancellationToken
            );
        }
    }
}
