using System.Buffers.Binary;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Core.Tags;
using Parquet;
using Parquet.Schema;

namespace GeoTagService.Bulk.Places;

/// <summary>Writes squares with their expected shares for maps: GeoJSON (RFC 7946) or GeoParquet 1.1, polygons on WGS84.</summary>
/// <param name="rows">Head rows of the tags to write.</param>
public sealed class SquareMap(IReadOnlyList<int> rows)
{
    private static readonly string[] TextColumns = ["square", "grid", "top"];

    private const int TopTags = 5;
    private const int WkbPolygon = 3;

    // Seven decimals of a degree are a centimetre.
    private const int Decimals = 7;

    /// <summary>Writes a file; it appears when it is whole.</summary>
    public async Task WriteAsync(string path, IEnumerable<SquareShares> squares, CancellationToken cancellationToken)
    {
        var temporary = path + ".tmp";
        if (Path.GetExtension(path).Equals(".parquet", StringComparison.OrdinalIgnoreCase))
        {
            await WriteParquetAsync(temporary, [.. squares], cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await WriteGeoJsonAsync(temporary, squares, cancellationToken).ConfigureAwait(false);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private async Task WriteGeoJsonAsync(string path, IEnumerable<SquareShares> squares, CancellationToken cancellationToken)
    {
        var file = File.Create(path);
        await using (file.ConfigureAwait(false))
        {
            var json = new Utf8JsonWriter(file, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            await using (json.ConfigureAwait(false))
            {
                json.WriteStartObject();
                json.WriteString("type", "FeatureCollection");
                json.WriteStartArray("features");
                foreach (var square in squares)
                {
                    WriteFeature(json, square);
                    await json.FlushAsync(cancellationToken).ConfigureAwait(false);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }
        }
    }

    private void WriteFeature(Utf8JsonWriter json, SquareShares square)
    {
        json.WriteStartObject();
        json.WriteString("type", "Feature");
        json.WriteString("id", square.Square.ToString(spaced: false));
        json.WriteStartObject("geometry");
        json.WriteString("type", "Polygon");
        json.WriteStartArray("coordinates");
        json.WriteStartArray();
        foreach (var (longitude, latitude) in Ring(square))
        {
            json.WriteStartArray();
            json.WriteNumberValue(longitude);
            json.WriteNumberValue(latitude);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteString("square", square.Square.ToString());
        json.WriteString("grid", square.Square.Grid.ToString());
        json.WriteNumber("edge", square.Square.Precision);
        json.WriteNumber("photos", square.Photos);
        json.WriteNumber("ownWeight", Rounded(square.OwnWeight));
        json.WriteBoolean("sparse", square.IsSparse);
        json.WriteString("top", Top(square));
        foreach (var row in rows)
        {
            json.WriteNumber($"share_{TagCatalog.Tags[row].Id}", Rounded(square.Share[row]));
            json.WriteNumber($"deviation_{TagCatalog.Tags[row].Id}", Rounded(square.Deviation[row]));
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private async Task WriteParquetAsync(string path, SquareShares[] squares, CancellationToken cancellationToken)
    {
        var text = Array.ConvertAll(TextColumns, name => new DataField<string>(name, false));
        var edge = new DataField<int>("edge");
        var photos = new DataField<double>("photos");
        var weight = new DataField<float>("ownWeight");
        var sparse = new DataField<bool>("sparse");
        var shares = rows.Select(row => new DataField<float>($"share_{TagCatalog.Tags[row].Id}")).ToArray();
        var deviations = rows.Select(row => new DataField<float>($"deviation_{TagCatalog.Tags[row].Id}")).ToArray();
        var geometry = new DataField(GeoParquetFile.Geometry, typeof(byte[]), isNullable: true);
        DataField[] fields = [.. text, edge, photos, weight, sparse, .. shares, .. deviations, geometry];
        var file = File.Create(path);
        await using (file.ConfigureAwait(false))
        {
            var writer = await ParquetWriter
                .CreateAsync(new ParquetSchema(fields), file, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            await using (writer.ConfigureAwait(false))
            {
                using (var group = writer.CreateRowGroup())
                {
                    await group.WriteAsync(text[0], squares.Select(square => square.Square.ToString()).ToList()).ConfigureAwait(false);
                    await group.WriteAsync(text[1], squares.Select(square => square.Square.Grid.ToString()).ToList()).ConfigureAwait(false);
                    await group.WriteAsync(text[2], squares.Select(Top).ToList()).ConfigureAwait(false);
                    await group
                        .WriteAsync<int>(
                            edge,
                            squares.Select(square => square.Square.Precision).ToArray(),
                            cancellationToken: cancellationToken
                        )
                        .ConfigureAwait(false);
                    await group
                        .WriteAsync<double>(photos, squares.Select(square => square.Photos).ToArray(), cancellationToken: cancellationToken)
                        .ConfigureAwait(false);
                    await group
                        .WriteAsync<float>(
                            weight,
                            squares.Select(square => (float)square.OwnWeight).ToArray(),
                            cancellationToken: cancellationToken
                        )
                        .ConfigureAwait(false);
                    await group
                        .WriteAsync<bool>(sparse, squares.Select(square => square.IsSparse).ToArray(), cancellationToken: cancellationToken)
                        .ConfigureAwait(false);
                    for (var i = 0; i < rows.Count; i++)
                    {
                        var row = rows[i];
                        await group
                            .WriteAsync<float>(
                                shares[i],
                                squares.Select(square => (float)square.Share[row]).ToArray(),
                                cancellationToken: cancellationToken
                            )
                            .ConfigureAwait(false);
                    }

                    for (var i = 0; i < rows.Count; i++)
                    {
                        var row = rows[i];
                        await group
                            .WriteAsync<float>(
                                deviations[i],
                                squares.Select(square => (float)square.Deviation[row]).ToArray(),
                                cancellationToken: cancellationToken
                            )
                            .ConfigureAwait(false);
                    }

                    await group.WriteAsync(geometry, squares.Select(Polygon).ToArray()).ConfigureAwait(false);
                }

                writer.CustomMetadata = new Dictionary<string, string> { [GeoParquetFile.MetadataKey] = Metadata };
            }
        }
    }

    private const string Metadata =
        """{"version":"1.1.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","geometry_types":["Polygon"]}}}""";

    private static string Top(SquareShares square) =>
        string.Join(
            "; ",
            Enumerable
                .Range(0, square.Share.Length)
                .OrderByDescending(row => square.Share[row])
                .Take(TopTags)
                .Select(row => string.Create(CultureInfo.InvariantCulture, $"{TagCatalog.Tags[row].Name} {square.Share[row]:0.00}"))
        );

    private static double Rounded(double value) => Math.Round(value, 6);

    /// <summary>Corners against the clock, the first once more at the end.</summary>
    private static IEnumerable<(double Longitude, double Latitude)> Ring(SquareShares square)
    {
        var corners = square.Square.Corners;
        return corners.Append(corners[0]).Select(corner => (Math.Round(corner.Longitude, Decimals), Math.Round(corner.Latitude, Decimals)));
    }

    /// <summary>A polygon as well-known binary, little-endian.</summary>
    private static byte[] Polygon(SquareShares square)
    {
        var ring = Ring(square).ToArray();
        var wkb = new byte[1 + (3 * sizeof(int)) + (ring.Length * 2 * sizeof(double))];
        wkb[0] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(wkb.AsSpan(1), WkbPolygon);
        BinaryPrimitives.WriteInt32LittleEndian(wkb.AsSpan(5), 1);
        BinaryPrimitives.WriteInt32LittleEndian(wkb.AsSpan(9), ring.Length);
        for (var i = 0; i < ring.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(wkb.AsSpan(13 + (16 * i)), ring[i].Longitude);
            BinaryPrimitives.WriteDoubleLittleEndian(wkb.AsSpan(21 + (16 * i)), ring[i].Latitude);
        }

        return wkb;
    }
}
