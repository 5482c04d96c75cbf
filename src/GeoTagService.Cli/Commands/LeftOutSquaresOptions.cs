using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Training.Datasets;

namespace GeoTagService.Cli.Commands;

/// <summary>Squares that a location encoder does not learn from: the same that <c>geotag train</c> holds out.</summary>
internal sealed class LeftOutSquaresOptions
{
    private readonly Option<string?> _edge = new("--hold-out")
    {
        Description =
            "Do not learn from a share of the squares, 100km or 10km: the same ones that 'geotag train --hold-out' fits a place prior's weights on.",
        HelpName = "EDGE",
    };
    private readonly Option<double> _share = new("--validation-share")
    {
        Description = "With --hold-out: share of the squares.",
        HelpName = "P",
        DefaultValueFactory = _ => 0.2,
    };
    private readonly Option<int> _seed = new("--split-seed")
    {
        Description = "With --hold-out: which squares.",
        HelpName = "N",
        DefaultValueFactory = _ => 42,
    };

    public void AddTo(Command command)
    {
        BlockEdge.AcceptOnly(_edge);
        command.Options.Add(_edge);
        command.Options.Add(_share);
        command.Options.Add(_seed);
    }

    /// <summary>The squares, or null.</summary>
    /// <exception cref="CommandFailureException">The share is none.</exception>
    public HeldOutSquares? Read(ParseResult parsed)
    {
        var share = parsed.GetValue(_share);
        return parsed.GetValue(_edge) is not { } edge ? null
            : share is > 0 and < 1 ? new HeldOutSquares(BlockEdge.Metres(edge), share, parsed.GetValue(_seed))
            : throw new CommandFailureException(ExitCode.Usage, "--validation-share lies between 0 and 1, both excluded");
    }

    /// <summary>The photos outside of them.</summary>
    public static PlacedLabels Without(HeldOutSquares? squares, PlacedLabels photos, int fewest, TextWriter error)
    {
        if (squares is null)
        {
            return photos;
        }

        int[] rows = [.. Enumerable.Range(0, photos.Rows).Where(row => !squares.Contains(photos.Positions[row]))];
        error.WriteLine($"geotag: {photos.Rows - rows.Length} photos in {squares} left out");
        return rows.Length >= fewest
            ? new PlacedLabels([.. rows.Select(row => photos.Positions[row])], [.. rows.Select(row => photos.Labels[row])])
            : throw new CommandFailureException(
                ExitCode.Usage,
                $"{rows.Length} photos outside the squares left out are too few to learn from; at least {fewest} are needed"
            );
    }
}
