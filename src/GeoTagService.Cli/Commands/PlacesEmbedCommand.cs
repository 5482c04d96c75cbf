using System.CommandLine;
using System.Globalization;
using GeoTagService.Bulk.Places;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;
using GeoTagService.Onnx;
using GeoTagService.Training.Tables;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag places embed</c>: coordinates to the embeddings of a bundle's location encoder.</summary>
internal static class PlacesEmbedCommand
{
    private const int BatchSize = 1024;
    private const string LatitudeFirst = "lat,lon";
    private const string LongitudeFirst = "lon,lat";

    public static Command Create()
    {
        var bundle = BundleOption.Create();
        var input = new Option<string>("--input")
        {
            Description = "CSV of coordinates: columns lat and lon (and id), or two columns without names in the order of --order.",
            HelpName = "FILE",
            Required = true,
        };
        var target = new Option<string>("--output")
        {
            Description =
                "File to write: .csv (lat, lon, then e0, e1 …) or .parquet (lat, lon, id, embedding as a list); empty outside both grids.",
            HelpName = "FILE",
            Required = true,
        };
        var order = new Option<string>("--order")
        {
            Description = "Order of two columns without names, and of the output: lat,lon as GeoCLIP has it, or lon,lat as SatCLIP has it.",
            HelpName = "ORDER",
            DefaultValueFactory = _ => LatitudeFirst,
        };
        order.AcceptOnlyFromAmong(LatitudeFirst, LongitudeFirst);
        var tags = new Option<bool>("--tags") { Description = "Also the expected share of each tag, a column each." };
        var command = new Command("embed", "Embeds a list of coordinates by the bundle's location encoder.")
        {
            bundle,
            input,
            target,
            order,
            tags,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    async () =>
                    {
                        var (error, output) = (parsed.InvocationConfiguration.Error, parsed.GetRequiredValue(target));
                        if (Path.GetExtension(output).ToLowerInvariant() is not (".csv" or ".parquet"))
                        {
                            throw new CommandFailureException(
                                ExitCode.Usage,
                                $"--output {output}: embeddings are written as .csv or .parquet"
                            );
                        }

                        var opened = BundleOption.Open(parsed.GetValue(bundle), ToolSettings.FromEnvironment().Tagging, error);
                        var manifest =
                            opened.Manifest.LocationEncoder
                            ?? throw new CommandFailureException(
                                ExitCode.Environment,
                                $"{opened.Manifest.Name} has no location encoder; 'geotag places train --bundle-output DIR' makes a bundle that has one"
                            );
                        using var encoder = OnnxLocationEncoder.Load(opened, manifest);
                        var latitudeFirst = parsed.GetValue(order) == LatitudeFirst;
                        var places = Read(parsed.GetRequiredValue(input), latitudeFirst);
                        if (places.Count == 0)
                        {
                            throw new CommandFailureException(ExitCode.Usage, $"{parsed.GetValue(input)} holds no place");
                        }

                        await new EmbeddedPlacesFile(encoder.Dimension, latitudeFirst, parsed.GetValue(tags))
                            .WriteAsync(output, places.Chunk(BatchSize).SelectMany(batch => Embed(encoder, batch)), cancellationToken)
                            .ConfigureAwait(false);
                        var outside = places.Count(place => !GridCoordinates.Covers(place.Position));
                        var turned = places.Count(place =>
                            !GridCoordinates.Covers(place.Position)
                            && GridCoordinates.Covers(new GeoPosition(place.Position.Longitude, place.Position.Latitude))
                        );
                        error.WriteLine(
                            $"geotag: {places.Count - outside} places embedded, {outside} outside both grids, which have no embedding"
                                + (turned > 0 ? $"; {turned} of them lie inside with lat and lon the other way round" : string.Empty)
                        );
                        return outside > 0 ? ExitCode.ItemsFailed : ExitCode.Success;
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static IEnumerable<EmbeddedPlace> Embed(OnnxLocationEncoder encoder, (string? Id, GeoPosition Position)[] places)
    {
        var inside = Array.FindAll(places, place => GridCoordinates.Covers(place.Position));
        var coordinates = new float[inside.Length * GridCoordinates.Count];
        var embeddings = new float[inside.Length * encoder.Dimension];
        var shares = new float[inside.Length * TagCatalog.Count];
        for (var i = 0; i < inside.Length; i++)
        {
            GridCoordinates.Write(inside[i].Position, coordinates.AsSpan(i * GridCoordinates.Count, GridCoordinates.Count));
        }

        if (inside.Length > 0)
        {
            encoder.Encode(inside.Length, coordinates, embeddings, shares);
        }

        var at = 0;
        foreach (var (id, position) in places)
        {
            if (!GridCoordinates.Covers(position))
            {
                yield return new EmbeddedPlace(id, position, default, default);
                continue;
            }

            yield return new EmbeddedPlace(
                id,
                position,
                embeddings.AsMemory(at * encoder.Dimension, encoder.Dimension),
                shares.AsMemory(at * TagCatalog.Count, TagCatalog.Count)
            );
            at++;
        }
    }

    /// <summary>Reads lat and lon by their names where the first line has them, else two numbers a line.</summary>
    private static List<(string? Id, GeoPosition Position)> Read(string path, bool latitudeFirst)
    {
        try
        {
            var places = new List<(string? Id, GeoPosition Position)>();
            var first = File.ReadLines(path).FirstOrDefault() ?? "";
            if (first.Split(',') is { Length: 2 } numbers && numbers.All(text => DecimalOption.TryRead(text, out _)))
            {
                var number = 0;
                foreach (var line in File.ReadLines(path))
                {
                    number++;
                    if (line.Length > 0)
                    {
                        places.Add((null, Place(line.Split(','), latitudeFirst ? 0 : 1, latitudeFirst ? 1 : 0, path, number)));
                    }
                }

                return places;
            }

            using var table = new TableReader(path);
            var (latitude, longitude) = (table.Column("lat"), table.Column("lon"));
            var id = table.Header.Contains("id") ? table.Column("id") : -1;
            foreach (var cells in table.Rows())
            {
                places.Add((id < 0 ? null : cells[id], Place(cells, latitude, longitude, path, table.Line)));
            }

            return table.FirstFault is { } fault ? throw new InvalidDataException(fault) : places;
        }
        catch (Exception fault) when (fault is InvalidDataException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandFailureException(ExitCode.Usage, fault.Message);
        }
    }

    private static GeoPosition Place(string[] cells, int latitude, int longitude, string path, int line)
    {
        if (
            cells.Length > Math.Max(latitude, longitude)
            && DecimalOption.TryRead(cells[latitude], out var north)
            && DecimalOption.TryRead(cells[longitude], out var east)
        )
        {
            return north is >= -90 and <= 90 && east is >= -180 and <= 180
                ? new GeoPosition(north, east)
                : throw new InvalidDataException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{path}, line {line}: latitude {north}, longitude {east} is no place; is the other --order meant?"
                    )
                );
        }

        throw new InvalidDataException(
            $"{path}, line {line}: lat and lon are not two numbers: '{cells.ElementAtOrDefault(latitude)}' and '{cells.ElementAtOrDefault(longitude)}'"
        );
    }
}
