using System.CommandLine;
using System.Globalization;
using System.Text;
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
            Description = "CSV of coordinates: columns lat and lon, or two columns without names in the order of --order.",
            HelpName = "FILE",
            Required = true,
        };
        var target = new Option<string>("--output")
        {
            Description = "CSV to write: lat, lon, then e0, e1 …; empty where a place lies outside both grids.",
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
                    () =>
                    {
                        var error = parsed.InvocationConfiguration.Error;
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
                        var outside = 0;
                        using var writer = new StreamWriter(parsed.GetRequiredValue(target), append: false, new UTF8Encoding(false))
                        {
                            NewLine = "\n",
                        };
                        var names = Enumerable.Range(0, encoder.Dimension).Select(i => $"e{i}");
                        writer.WriteLine(
                            string.Join(
                                ',',
                                parsed.GetValue(tags)
                                    ? names.Prepend(parsed.GetValue(order)!).Concat(TagCatalog.Tags.Select(tag => tag.Id))
                                    : names.Prepend(parsed.GetValue(order)!)
                            )
                        );
                        for (var from = 0; from < places.Count; from += BatchSize)
                        {
                            cancellationToken.ThrowIfCancellationRequested();
                            var batch = places.GetRange(from, Math.Min(BatchSize, places.Count - from));
                            outside += Write(writer, encoder, batch, latitudeFirst, parsed.GetValue(tags));
                        }

                        error.WriteLine(
                            $"geotag: {places.Count - outside} places embedded, {outside} outside both grids, which have no embedding"
                        );
                        return outside > 0 ? ExitCode.ItemsFailed : ExitCode.Success;
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static int Write(TextWriter writer, OnnxLocationEncoder encoder, List<GeoPosition> places, bool latitudeFirst, bool withTags)
    {
        var inside = places.ConvertAll(GridCoordinates.Covers);
        var rows = inside.Count(covered => covered);
        var coordinates = new float[rows * GridCoordinates.Count];
        var embeddings = new float[rows * encoder.Dimension];
        var shares = new float[rows * TagCatalog.Count];
        var at = 0;
        for (var i = 0; i < places.Count; i++)
        {
            if (inside[i])
            {
                GridCoordinates.Write(places[i], coordinates.AsSpan(at++ * GridCoordinates.Count, GridCoordinates.Count));
            }
        }

        if (rows > 0)
        {
            encoder.Encode(rows, coordinates, embeddings, shares);
        }

        at = 0;
        for (var i = 0; i < places.Count; i++)
        {
            var (first, second) = latitudeFirst ? (places[i].Latitude, places[i].Longitude) : (places[i].Longitude, places[i].Latitude);
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{first},{second}"));
            var columns = encoder.Dimension + (withTags ? TagCatalog.Count : 0);
            for (var column = 0; column < columns; column++)
            {
                writer.Write(',');
                if (inside[i])
                {
                    var value =
                        column < encoder.Dimension
                            ? embeddings[(at * encoder.Dimension) + column]
                            : shares[(at * TagCatalog.Count) + column - encoder.Dimension];
                    writer.Write(value.ToString("G9", CultureInfo.InvariantCulture));
                }
            }

            writer.Write('\n');
            at += inside[i] ? 1 : 0;
        }

        return places.Count - rows;
    }

    /// <summary>Reads lat and lon by their names where the first line has them, else two numbers a line.</summary>
    private static List<GeoPosition> Read(string path, bool latitudeFirst)
    {
        try
        {
            var places = new List<GeoPosition>();
            var first = File.ReadLines(path).FirstOrDefault() ?? "";
            if (first.Split(',') is { Length: 2 } numbers && numbers.All(text => DecimalOption.TryRead(text, out _)))
            {
                var number = 0;
                foreach (var line in File.ReadLines(path))
                {
                    number++;
                    if (line.Length > 0)
                    {
                        places.Add(Place(line.Split(','), latitudeFirst ? 0 : 1, latitudeFirst ? 1 : 0, path, number));
                    }
                }

                return places;
            }

            using var table = new TableReader(path);
            var (latitude, longitude) = (table.Column("lat"), table.Column("lon"));
            var row = 1;
            foreach (var cells in table.Rows())
            {
                places.Add(Place(cells, latitude, longitude, path, ++row));
            }

            return places;
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

        throw new InvalidDataException($"{path}, line {line}: lat and lon are not two numbers");
    }
}
