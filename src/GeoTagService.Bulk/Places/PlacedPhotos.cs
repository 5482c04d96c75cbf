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
    private readonly HashSet<ulong> _ids = [];
    private long _turned;
    private string? _firstFault;

    /// <summary>Told of every photo inside a grid: its position, or its square's centre, and its tags, which change with the
    /// next.</summary>
    public Action<GeoPosition, ReadOnlyMemory<float>>? Placed { get; init; }

    /// <summary>Photos without a place.</summary>
    public long WithoutPlace { get; private set; }

    /// <summary>Photos that were there before, by their ids.</summary>
    public long Repeated { get; private set; }

    /// <summary>Lines that are no photo.</summary>
    public long Broken { get; private set; }

    /// <summary>What is left out, and why, for people.</summary>
    public string LeftOut =>
        $"left out: {WithoutPlace} without a place, {pyramid.Outside} outside both grids"
        + (_turned > 0 ? $" ({_turned} of them inside with lat and lon the other way round)" : string.Empty)
        + $", {Broken} that could not be read"
        + (_firstFault is null ? string.Empty : $" (the first: {_firstFault})")
        + (Repeated > 0 ? $", {Repeated} that were there already" : string.Empty);

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
            var placed = new HashSet<long>();
            CountBroken(known.Broken, known.FirstFault);
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

                if (!placed.Add(number))
                {
                    Repeated++;
                    continue;
                }

                for (var tag = 0; tag < _tags.Length; tag++)
                {
                    _tags[tag] = (set >> tag) & 1;
                }

                try
                {
                    AddSquare(row[place]);
                }
                catch (InvalidDataException fault)
                {
                    table.CountBroken(fault.Message);
                }
            }

            WithoutPlace += known.Labels.Count - placed.Count;
            CountBroken(table.Broken, table.FirstFault);
        }
        catch (Exception fault) when (fault is InvalidDataException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RunFailureException(RunFailure.Request, fault.Message, fault);
        }
    }

    private void ReadLines(string path, CancellationToken cancellationToken)
    {
        var (number, isOpen, features) = (0, false, 0);
        foreach (var line in File.ReadLines(path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            number++;
            // A feature a line, after a comma, between the lines that open and close the collection.
            var text = line.AsSpan().TrimStart(",[ ");
            var begins = text.StartsWith("{\"type\":\"FeatureCollection\"", StringComparison.Ordinal);
            isOpen = begins || (isOpen && text is not ['}' or ']', ..]);
            if (text.IsEmpty || begins || text[0] != '{')
            {
                continue;
            }

            features++;
            try
            {
                AddItem(JsonElement.Parse(text.ToString()));
            }
            catch (JsonException)
            {
                CountBroken(1, $"{path}, line {number}: no JSON, or cut");
            }
            catch (Exception fault)
                when (fault is InvalidDataException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                CountBroken(
                    1,
                    $"{path}, line {number}: {(fault is InvalidDataException ? fault.Message : "not as 'geotag tag' writes it")}"
                );
            }
        }

        if (isOpen)
        {
            CountBroken(
                1,
                features == 0
                    ? $"{path} has no feature on a line of its own, as 'geotag tag' writes them"
                    : $"{path} ends before its collection does: it is cut"
            );
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
                var probability = tag.Value.GetSingle();
                _tags[RowOf(tag.Name)] = IsShare(probability) ? probability : throw NoShare(tag.Name, tag.Value.GetRawText());
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
                        _tags[RowOf(name)] = 1;
                    }
                }
            }
        }

        if (!hasTags)
        {
            // What a run says of itself, and lines of other programs.
            if (item.TryGetProperty("id", out _))
            {
                throw new InvalidDataException($"neither 'probabilities' nor '{TagsPrefix}…'");
            }
        }
        else if (item.TryGetProperty("id", out var known) && !_ids.Add(ItemKey.OfId(known.ToString())))
        {
            Repeated++;
        }
        else if (row.TryGetProperty("gridReference", out var square) && square.ValueKind == JsonValueKind.String)
        {
            AddSquare(square.GetString());
        }
        else if (row.TryGetProperty("lat", out var latitude) && latitude.ValueKind != JsonValueKind.Null)
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
            var (tags, id) = (table.Column(chosen), table.Header.Contains("id") ? table.Column("id") : -1);
            foreach (var row in table.Rows())
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    ReadTags(row, probabilities, tags);
                    if (id >= 0 && row[id].Length > 0 && !_ids.Add(ItemKey.OfId(row[id])))
                    {
                        Repeated++;
                    }
                    else if (row[latitude].Length == 0 || row[longitude].Length == 0)
                    {
                        WithoutPlace++;
                    }
                    else
                    {
                        Add(Degrees("lat", row[latitude]), Degrees("lon", row[longitude]));
                    }
                }
                catch (InvalidDataException fault)
                {
                    table.CountBroken(fault.Message);
                }
            }

            CountBroken(table.Broken, table.FirstFault);
        }
        catch (InvalidDataException fault)
        {
            throw new RunFailureException(RunFailure.Request, fault.Message, fault);
        }
    }

    private void ReadTags(string[] row, int[]? probabilities, int tags)
    {
        Array.Clear(_tags);
        if (probabilities is not null)
        {
            for (var tag = 0; tag < _tags.Length; tag++)
            {
                var text = row[probabilities[tag]];
                _tags[tag] =
                    float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && IsShare(value)
                        ? value
                        : throw NoShare(TagCatalog.Tags[tag].Id, text);
            }

            return;
        }

        foreach (var name in row[tags].Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            _tags[RowOf(name)] = 1;
        }
    }

    private static int RowOf(string? name) =>
        name is not null && RowsByName.TryGetValue(name, out var row) ? row : throw new InvalidDataException($"there is no tag '{name}'");

    private static bool IsShare(float value) => value is >= 0 and <= 1;

    private static InvalidDataException NoShare(string field, string text) =>
        new($"{field} is '{text}'; a probability lies between 0 and 1");

    private static double Degrees(string field, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new InvalidDataException($"{field} is '{text}', which is no number");

    private void CountBroken(long lines, string? first)
    {
        Broken += lines;
        _firstFault ??= lines > 0 ? first : null;
    }

    private void AddSquare(string? reference)
    {
        if (string.IsNullOrWhiteSpace(reference))
        {
            WithoutPlace++;
        }
        else if (GridReference.TryParse(reference, out var square, out var problem))
        {
            pyramid.Add(square.Precision >= SquarePyramid.Edges[^1] ? square : square.Within(SquarePyramid.Edges[^1]), _tags);
            Placed?.Invoke(square.Centre, _tags);
        }
        else
        {
            throw new InvalidDataException($"grid reference '{reference}': {problem}");
        }
    }

    private void Add(double latitude, double longitude)
    {
        if (latitude is not (>= -90 and <= 90) || longitude is not (>= -180 and <= 180))
        {
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"lat {latitude}, lon {longitude} is no place: they go to ±90 and ±180 degrees")
            );
        }

        var position = new GeoPosition(latitude, longitude);
        pyramid.Add(position, _tags);
        if (GridCoordinates.Covers(position))
        {
            Placed?.Invoke(position, _tags);
        }
        else if (GridCoordinates.Covers(new GeoPosition(longitude, latitude)))
        {
            _turned++;
        }
    }
}
