using System.Globalization;
using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Tables;

namespace GeoTagService.Bulk.Places;

/// <summary>Reads what a run of <c>geotag tag</c> wrote, or labels with grid references, into counts by square.</summary>
/// <param name="pyramid">Receives the photos.</param>
public sealed class PlacedPhotos(SquarePyramid pyramid)
{
    private const string TagsPrefix = "tags_";

    private static readonly Dictionary<string, int> RowsByName = TagCatalog
        .Tags.SelectMany(tag => new[] { (tag.Id, tag.HeadRow), (tag.Name, tag.HeadRow) })
        .ToDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly float[] _tags = new float[TagCatalog.Count];

    /// <summary>Told of every photo inside a grid: its position, or its square's centre, and its tags, which change with the
    /// next.</summary>
    public Action<GeoPosition, ReadOnlyMemory<float>>? Placed { get; init; }

    /// <summary>Photos without a place, or with one that is none.</summary>
    public long WithoutPlace { get; private set; }

    /// <summary>Rows that could not be read.</summary>
    public long Broken { get; private set; }

    /// <summary>Reads an output of a run: NDJSON, GeoJSON or CSV, by the file's ending.</summary>
    /// <exception cref="RunFailureException">It is of another kind, or has no places or no tags.</exception>
    public void ReadRun(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw new RunFailureException(RunFailure.Request, $"{path}: there is no such file");
        }

        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".ndjson" or ".jsonl" or ".geojson" or ".json":
                ReadLines(path, cancellationToken);
                break;
            case ".csv":
                ReadTable(path, cancellationToken);
                break;
            default:
                throw new RunFailureException(
                    RunFailure.Request,
                    $"{path}: outputs of 'geotag tag' are read as .ndjson, .geojson or .csv; a Parquet file can be written as one of these"
                );
        }
    }

    /// <summary>Reads labels (<c>train.csv</c>) and the grid references that another table has for them.</summary>
    /// <exception cref="RunFailureException">A file or a column is missing.</exception>
    public void ReadLabels(string labels, string metadata, string idColumn, string gridReferenceColumn, CancellationToken cancellationToken)
    {
        try
        {
            var known = LabelTable.Read(labels, idColumn);
            Broken += known.Broken;
            using var table = new TableReader(metadata);
            var (id, place) = (table.Column(idColumn), table.Column(gridReferenceColumn));
            foreach (var row in table.Rows())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (
                    !long.TryParse(row[id], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    || !known.Labels.TryGetValue(number, out var set)
                )
                {
                    continue;
                }

                for (var tag = 0; tag < _tags.Length; tag++)
                {
                    _tags[tag] = (set >> tag) & 1;
                }

                AddSquare(row[place]);
            }

            Broken += table.Broken;
        }
        catch (Exception fault) when (fault is InvalidDataException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RunFailureException(RunFailure.Request, fault.Message, fault);
        }
    }

    private void ReadLines(string path, CancellationToken cancellationToken)
    {
        foreach (var line in File.ReadLines(path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // A feature a line, after a comma, between the lines that open and close the collection.
            var text = line.AsSpan().TrimStart(",[ ");
            if (text.IsEmpty || text.StartsWith("{\"type\":\"FeatureCollection\"", StringComparison.Ordinal) || text[0] != '{')
            {
                continue;
            }

            try
            {
                AddItem(JsonElement.Parse(text.ToString()));
            }
            catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                Broken++;
            }
        }
    }

    private void AddItem(JsonElement item)
    {
        var row = item.TryGetProperty("properties", out var properties) ? properties : item;
        var hasTags = false;
        Array.Clear(_tags);
        if (row.TryGetProperty("probabilities", out var probabilities))
        {
            hasTags = true;
            foreach (var tag in probabilities.EnumerateObject())
            {
                _tags[RowsByName[tag.Name]] = tag.Value.GetSingle();
            }
        }
        else
        {
            foreach (var property in row.EnumerateObject())
            {
                if (
                    property.Name.StartsWith(TagsPrefix, StringComparison.Ordinal)
                    && property.Value.ValueKind == JsonValueKind.Array
                    && !hasTags
                )
                {
                    hasTags = true;
                    foreach (var tag in property.Value.EnumerateArray())
                    {
                        var name =
                            tag.ValueKind == JsonValueKind.Object
                                ? (tag.TryGetProperty("id", out var id) ? id : tag.GetProperty("name")).GetString()
                                : tag.GetString();
                        _tags[RowsByName[name!]] = 1;
                    }
                }
            }
        }

        if (!hasTags)
        {
            // What a run says of itself, and lines of other programs.
            Broken += item.TryGetProperty("id", out _) ? 1 : 0;
        }
        else if (row.TryGetProperty("gridReference", out var square) && square.ValueKind == JsonValueKind.String)
        {
            AddSquare(square.GetString());
        }
        else if (row.TryGetProperty("lat", out var latitude))
        {
            Add(latitude.GetDouble(), row.GetProperty("lon").GetDouble());
        }
        else if (item.TryGetProperty("geometry", out var geometry) && geometry.ValueKind == JsonValueKind.Object)
        {
            var point = geometry.GetProperty("coordinates");
            Add(point[1].GetDouble(), point[0].GetDouble());
        }
        else
        {
            WithoutPlace++;
        }
    }

    private void ReadTable(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var table = new TableReader(path);
            var (latitude, longitude) = (table.Column("lat"), table.Column("lon"));
            var probabilities = TagCatalog.Tags.All(tag => table.Header.Contains(tag.Id))
                ? TagCatalog.Tags.Select(tag => table.Column(tag.Id)).ToArray()
                : null;
            var chosen =
                table.Header.FirstOrDefault(name => name.StartsWith(TagsPrefix, StringComparison.Ordinal))
                ?? throw new InvalidDataException($"{path} has no column {TagsPrefix}…: it is no output of 'geotag tag'");
            var tags = table.Column(chosen);
            foreach (var row in table.Rows())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!ReadTags(row, probabilities, tags))
                {
                    Broken++;
                }
                else if (row[latitude].Length == 0 || row[longitude].Length == 0)
                {
                    WithoutPlace++;
                }
                else if (
                    double.TryParse(row[latitude], NumberStyles.Float, CultureInfo.InvariantCulture, out var north)
                    && double.TryParse(row[longitude], NumberStyles.Float, CultureInfo.InvariantCulture, out var east)
                )
                {
                    Add(north, east);
                }
                else
                {
                    Broken++;
                }
            }

            Broken += table.Broken;
        }
        catch (InvalidDataException fault)
        {
            throw new RunFailureException(RunFailure.Request, fault.Message, fault);
        }
    }

    private bool ReadTags(string[] row, int[]? probabilities, int tags)
    {
        Array.Clear(_tags);
        if (probabilities is not null)
        {
            for (var tag = 0; tag < _tags.Length; tag++)
            {
                if (!float.TryParse(row[probabilities[tag]], NumberStyles.Float, CultureInfo.InvariantCulture, out _tags[tag]))
                {
                    return false;
                }
            }

            return true;
        }

        foreach (var name in row[tags].Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!RowsByName.TryGetValue(name, out var tag))
            {
                return false;
            }

            _tags[tag] = 1;
        }

        return true;
    }

    private void AddSquare(string? reference)
    {
        if (GridReference.TryParse(reference, out var square, out _))
        {
            pyramid.Add(square.Precision >= SquarePyramid.Edges[^1] ? square : square.Within(SquarePyramid.Edges[^1]), _tags);
            Placed?.Invoke(square.Centre, _tags);
        }
        else
        {
            WithoutPlace++;
        }
    }

    private void Add(double latitude, double longitude)
    {
        if (double.IsFinite(latitude) && double.IsFinite(longitude))
        {
            var position = new GeoPosition(latitude, longitude);
            pyramid.Add(position, _tags);
            if (GridCoordinates.Covers(position))
            {
                Placed?.Invoke(position, _tags);
            }
        }
        else
        {
            Broken++;
        }
    }
}
