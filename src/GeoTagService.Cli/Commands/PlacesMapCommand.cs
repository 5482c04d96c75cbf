using System.CommandLine;
using System.Globalization;
using GeoTagService.Bulk.Places;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Tags;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag places map</c>: expected tags of every grid square, from a run's outputs or from labels.</summary>
internal static class PlacesMapCommand
{
    public static Command Create()
    {
        var photoOptions = new PlacedPhotoOptions();
        var edge = new Option<string>("--square")
        {
            Description = "Edge of the squares: 100km, 10km or 1km.",
            HelpName = "EDGE",
            DefaultValueFactory = _ => "10km",
        };
        edge.AcceptOnlyFromAmong("100km", "10km", "1km");
        var tags = new Option<string[]>("--tag")
        {
            Description = "Only this tag, by id or name; may be repeated. Default: all 49.",
            HelpName = "TAG",
        };
        var target = new Option<string>("--output")
        {
            Description = "Map to write: .geojson or .parquet (GeoParquet).",
            HelpName = "FILE",
            Required = true,
        };
        var command = new Command("map", "Draws expected shares of tags by grid square, shrunk towards neighbours and coarser squares.")
        {
            edge,
            tags,
            target,
        };
        photoOptions.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var output = parsed.GetRequiredValue(target);
                if (Path.GetExtension(output).ToLowerInvariant() is not (".geojson" or ".json" or ".parquet"))
                {
                    throw new CommandFailureException(ExitCode.Usage, $"--output {output}: maps are written as .geojson or .parquet");
                }

                var rows = RowsOf(parsed.GetValue(tags) ?? []);
                var pyramid = new SquarePyramid();
                var photos = new PlacedPhotos(pyramid);
                photoOptions.Read(parsed, photos, cancellationToken);
                var level = SquarePyramid.Edges.IndexOf(
                    int.Parse(parsed.GetRequiredValue(edge)[..^2], CultureInfo.InvariantCulture) * 1_000
                );
                var squares = pyramid[level].Keys.OrderBy(square => square.ToString(), StringComparer.Ordinal).ToList();
                if (squares.Count == 0)
                {
                    throw new CommandFailureException(
                        ExitCode.Usage,
                        $"no photo lies in a square of {parsed.GetValue(edge)}: {photos.LeftOut}"
                    );
                }

                var shares = new ShrunkShares(pyramid, level);
                var sparse = 0;
                await new SquareMap(rows)
                    .WriteAsync(
                        output,
                        squares.Select(square =>
                        {
                            var expected = shares.Of(square);
                            sparse += expected.IsSparse ? 1 : 0;
                            return expected;
                        }),
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                parsed.InvocationConfiguration.Error.WriteLine(
                    $"geotag: {pyramid.All.Photos:0} photos in {squares.Count} squares of {parsed.GetValue(edge)}, {sparse} of them sparse: less than half of "
                        + $"what is expected there comes from photos of their own; {photos.LeftOut}"
                );
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static List<int> RowsOf(string[] names)
    {
        var rows = new List<int>();
        foreach (var name in names)
        {
            var tag = TagCatalog.Tags.FirstOrDefault(tag =>
                tag.Id.Equals(name, StringComparison.OrdinalIgnoreCase) || tag.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
            );
            rows.Add(
                tag?.HeadRow
                    ?? throw new CommandFailureException(
                        ExitCode.Usage,
                        $"--tag {name}: there is no such tag; /v1/tags and 'geotag models show' list all 49"
                    )
            );
        }

        return rows.Count > 0 ? rows : [.. Enumerable.Range(0, TagCatalog.Count)];
    }
}
