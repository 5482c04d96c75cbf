using System.Buffers.Binary;
using System.Text.Json;
using GeoTagService.Core.Tags;
using Parquet;
using Parquet.Schema;

namespace GeoTagService.Bulk.Lists.Output;

/// <summary>
/// Writes GeoParquet 1.1: points as WKB in the column <c>geometry</c>, the coordinate system left out because longitude
/// and latitude on WGS84 (OGC:CRS84) is what its absence means. Rows come from the NDJSON of the run, a group at a time.
/// </summary>
internal static class GeoParquetFile
{
    /// <summary>Name of the geometry column.</summary>
    public const string Geometry = "geometry";

    /// <summary>Key of the file's metadata that the format defines.</summary>
    public const string MetadataKey = "geo";

    private const int RowsPerGroup = 50_000;

    /// <summary>Converts a finished run.</summary>
    /// <param name="source">NDJSON as <see cref="NdJsonFormat"/> writes it.</param>
    /// <param name="target">The file to write; it appears when it is whole.</param>
    /// <param name="content">What the rows hold.</param>
    /// <param name="about">What the file says of itself, under the key <see cref="ListAbout.Name"/>.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task WriteAsync(
        string source,
        string target,
        ListContent content,
        ListAbout about,
        CancellationToken cancellationToken
    )
    {
        var temporary = target + ".tmp";
        var fields = Fields(content);
        var file = File.Create(temporary);
        await using (file.ConfigureAwait(false))
        {
            var writer = await ParquetWriter
                .CreateAsync(new ParquetSchema(fields), file, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            await using (writer.ConfigureAwait(false))
            {
                var bounds = new Bounds();
                var lines = new List<string>(RowsPerGroup);
                foreach (var line in File.ReadLines(source))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    lines.Add(line);
                    if (lines.Count == RowsPerGroup)
                    {
                        await WriteGroupAsync(writer, fields, Parse(lines), bounds, cancellationToken).ConfigureAwait(false);
                        lines.Clear();
                    }
                }

                if (lines.Count > 0)
                {
                    await WriteGroupAsync(writer, fields, Parse(lines), bounds, cancellationToken).ConfigureAwait(false);
                }

                writer.CustomMetadata = new Dictionary<string, string>
                {
                    [MetadataKey] = Metadata(bounds),
                    [ListAbout.Name] = about.ToJson(),
                };
            }
        }

        File.Move(temporary, target, overwrite: true);
    }

    /// <summary>A point as well-known binary, little-endian: x is the longitude.</summary>
    public static byte[] Point(double longitude, double latitude)
    {
        const int WkbPoint = 1;
        var wkb = new byte[1 + sizeof(int) + (2 * sizeof(double))];
        wkb[0] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(wkb.AsSpan(1), WkbPoint);
        BinaryPrimitives.WriteDoubleLittleEndian(wkb.AsSpan(5), longitude);
        BinaryPrimitives.WriteDoubleLittleEndian(wkb.AsSpan(13), latitude);
        return wkb;
    }

    private static List<JsonElement> Parse(List<string> lines) =>
        [.. lines.AsParallel().AsOrdered().Select(line => JsonElement.Parse(line))];

    private static Field[] Fields(ListContent content)
    {
        var fields = new List<Field>
        {
            new DataField<string>("id", false),
            new DataField<string>("image", true),
            new DataField<string>("title", true),
            new DataField<string>("gridReference", true),
            new DataField<string>("head", false),
        };
        foreach (var threshold in content.Thresholds.Select(ListContent.Name))
        {
            fields.Add(new ListField($"tags_{threshold}", new DataField<string>(ListField.ElementName, false)));
            fields.Add(new DataField<bool>($"fallback_{threshold}"));
        }

        fields.AddRange(
            content.Scores
                ? content.Thresholds.Select(threshold => new ListField(
                    $"scores_{ListContent.Name(threshold)}",
                    new DataField<float>(ListField.ElementName, true)
                ))
                : []
        );
        fields.Add(new DataField<double>("lat", true));
        fields.Add(new DataField<double>("lon", true));
        fields.AddRange(content.AllProbabilities ? TagCatalog.Tags.Select(tag => new DataField<float>(tag.Id)) : []);
        fields.Add(new DataField(Geometry, typeof(byte[]), isNullable: true));
        return [.. fields];
    }

    private static async Task WriteGroupAsync(
        ParquetWriter writer,
        Field[] fields,
        List<JsonElement> rows,
        Bounds bounds,
        CancellationToken cancellationToken
    )
    {
        using var group = writer.CreateRowGroup();
        foreach (var field in fields)
        {
            await (
                field switch
                {
                    ListField { Item: DataField<float> item } => group.WriteAsync<float>(
                        item,
                        Elements(rows, field.Name).Select(each => (float?)each.GetSingle()).ToArray(),
                        Repetitions(rows, field.Name),
                        cancellationToken: cancellationToken
                    ),
                    ListField { Item: DataField item } => group.WriteAsync(
                        item,
                        [.. Elements(rows, field.Name).Select(each => each.GetString()!)],
                        Repetitions(rows, field.Name)
                    ),
                    DataField { Name: Geometry } geometry => group.WriteAsync(geometry, Geometries(rows, bounds)),
                    DataField<bool> flag => group.WriteAsync<bool>(
                        flag,
                        rows.ConvertAll(row => row.GetProperty(field.Name).GetBoolean()).ToArray(),
                        cancellationToken: cancellationToken
                    ),
                    DataField<double> number => group.WriteAsync<double>(
                        number,
                        rows.ConvertAll(row => row.TryGetProperty(field.Name, out var degrees) ? degrees.GetDouble() : (double?)null)
                            .ToArray(),
                        cancellationToken: cancellationToken
                    ),
                    DataField<float> probability => group.WriteAsync<float>(
                        probability,
                        rows.ConvertAll(row => row.GetProperty("probabilities").GetProperty(field.Name).GetSingle()).ToArray(),
                        cancellationToken: cancellationToken
                    ),
                    _ => group.WriteAsync((DataField)field, rows.ConvertAll(row => Text(row, field.Name)!)),
                }
            ).ConfigureAwait(false);
        }
    }

    private static string? Text(JsonElement row, string name) => row.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static IEnumerable<JsonElement> Elements(List<JsonElement> rows, string name) =>
        rows.SelectMany(row => row.GetProperty(name).EnumerateArray());

    /// <summary>0 where a row's list begins, 1 where it goes on. No list is empty: an item has one tag at least.</summary>
    private static ReadOnlyMemory<int> Repetitions(List<JsonElement> rows, string name) =>
        rows.SelectMany(row => Enumerable.Range(0, row.GetProperty(name).GetArrayLength()).Select(at => Math.Min(at, 1))).ToArray();

    private static byte[][] Geometries(List<JsonElement> rows, Bounds bounds) =>
        [
            .. rows.Select(row =>
            {
                if (!row.TryGetProperty("lat", out var latitude))
                {
                    return null!;
                }

                var (x, y) = (row.GetProperty("lon").GetDouble(), latitude.GetDouble());
                bounds.Add(x, y);
                return Point(x, y);
            }),
        ];

    private static string Metadata(Bounds bounds)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.1.0");
            json.WriteString("primary_column", Geometry);
            json.WriteStartObject("columns");
            json.WriteStartObject(Geometry);
            json.WriteString("encoding", "WKB");
            json.WriteStartArray("geometry_types");
            if (bounds.Any)
            {
                json.WriteStringValue("Point");
            }

            json.WriteEndArray();
            if (bounds.Any)
            {
                json.WriteStartArray("bbox");
                json.WriteNumberValue(bounds.MinX);
                json.WriteNumberValue(bounds.MinY);
                json.WriteNumberValue(bounds.MaxX);
                json.WriteNumberValue(bounds.MaxY);
                json.WriteEndArray();
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(memory.ToArray());
    }

    private sealed class Bounds
    {
        public bool Any { get; private set; }

        public double MinX { get; private set; } = double.PositiveInfinity;

        public double MinY { get; private set; } = double.PositiveInfinity;

        public double MaxX { get; private set; } = double.NegativeInfinity;

        public double MaxY { get; private set; } = double.NegativeInfinity;

        public void Add(double x, double y)
        {
            Any = true;
            (MinX, MinY, MaxX, MaxY) = (Math.Min(MinX, x), Math.Min(MinY, y), Math.Max(MaxX, x), Math.Max(MaxY, y));
        }
    }
}
