using System.Buffers.Binary;
using System.Text.Json;
using System.Text.RegularExpressions;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Lists.Output;
using Parquet;
using Parquet.Meta;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>
/// The file against the requirements of GeoParquet 1.1.0 (github.com/opengeospatial/geoparquet, format-specs/geoparquet.md),
/// each quoted where it is checked.
/// </summary>
public sealed partial class GeoParquetTests : IDisposable
{
    private const int Rows = 50_003;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task File_MeetsTheRequirements()
    {
        await using var reader = await ReaderAsync(Row);
        var geo = Geo(reader);
        var column = geo.GetProperty("columns").GetProperty("geometry");
        var schema = Assert.Single(reader.Metadata!.Schema, element => element.Name == "geometry");

        // "A GeoParquet file MUST include a geo key in the Parquet metadata"; version, primary_column and columns are required.
        Assert.Equal("1.1.0", geo.GetProperty("version").GetString());
        Assert.Equal("geometry", geo.GetProperty("primary_column").GetString());
        Assert.Equal(["geometry"], geo.GetProperty("columns").EnumerateObject().Select(each => each.Name));

        // "Geometry columns MUST be at the root of the schema", BYTE_ARRAY for WKB, required or optional, never repeated.
        Assert.Contains(reader.Schema.Fields, field => field.Name == "geometry");
        Assert.Equal(Parquet.Meta.Type.BYTE_ARRAY, schema.Type);
        Assert.Equal(FieldRepetitionType.OPTIONAL, schema.RepetitionType);
        Assert.Null(schema.ConvertedType);

        // encoding and geometry_types are required of a column.
        Assert.Equal("WKB", column.GetProperty("encoding").GetString());
        Assert.All(column.GetProperty("geometry_types").EnumerateArray(), type => Assert.Matches(GeometryType(), type.GetString()));

        // "If this key is not set, the default value is OGC:CRS84"; null would say that the system is unknown.
        Assert.False(column.TryGetProperty("crs", out _));

        // What is written must be one of the defined keys.
        Assert.Empty(
            column
                .EnumerateObject()
                .Select(each => each.Name)
                .Except(["encoding", "geometry_types", "crs", "orientation", "edges", "bbox", "epoch", "covering"])
        );
    }

    [Fact]
    public async Task Geometries_AreWkbPointsWithinTheBox()
    {
        await using var reader = await ReaderAsync(Row);
        var box = Geo(reader)
            .GetProperty("columns")
            .GetProperty("geometry")
            .GetProperty("bbox")
            .EnumerateArray()
            .Select(each => each.GetDouble())
            .ToArray();
        var field = reader.Schema.DataFields.Single(each => each.Name == "geometry");
        var points = new List<(double X, double Y)>();
        var empty = 0;
        for (var group = 0; group < reader.RowGroupCount; group++)
        {
            using var rows = reader.OpenRowGroupReader(group);
            var geometries = new byte[]?[rows.RowCount];
            await rows.ReadAsync(field, geometries.AsMemory(), cancellationToken: TestContext.Current.CancellationToken);
            empty += geometries.Count(geometry => geometry is null);
            points.AddRange(geometries.OfType<byte[]>().Select(ReadPoint));
        }

        Assert.Equal(2, reader.RowGroupCount);
        Assert.Equal(Rows, points.Count + empty);
        Assert.Equal(Rows / 10, empty);

        // "The bbox value MUST be [<xmin>, <ymin>, <xmax>, <ymax>]" of all geometries, in every row group.
        Assert.Equal([points.Min(p => p.X), points.Min(p => p.Y), points.Max(p => p.X), points.Max(p => p.Y)], box);

        // "The axis order of the coordinates in WKB MUST be (x, y)": easting or longitude first.
        Assert.All(points, point => Assert.InRange(point.X, -8.6, 2.1));
        Assert.All(points, point => Assert.InRange(point.Y, 49.9, 61.9));
    }

    [Fact]
    public async Task FileWithoutAPlace_ClaimsNoTypeAndNoBox()
    {
        await using var reader = await ReaderAsync(row => Row((row * 10) + 9), rows: 3);
        var column = Geo(reader).GetProperty("columns").GetProperty("geometry");

        // "If the geometry types are not known, an empty array can be given."
        Assert.Empty(column.GetProperty("geometry_types").EnumerateArray());
        Assert.False(column.TryGetProperty("bbox", out _));
    }

    [Fact]
    public async Task TagsAndScores_AreListsAsTheFormatWantsThem()
    {
        var source = _directory.PathOf("rows.ndjson");
        var target = _directory.PathOf("out.parquet");
        await File.WriteAllLinesAsync(
            source,
            [
                """{"id":"1","head":"h","tags_0.5":["Canals","Rivers, Streams"],"fallback_0.5":false,"scores_0.5":[0.75,0.5]}""",
                """{"id":"2","head":"h","tags_0.5":["Moor"],"fallback_0.5":true,"scores_0.5":[0.25]}""",
                """{"id":"3","head":"h","tags_0.5":["a","b","c"],"fallback_0.5":false,"scores_0.5":[1,0.9,0.8]}""",
            ],
            TestContext.Current.CancellationToken
        );
        await GeoParquetFile.WriteAsync(
            source,
            target,
            new ListContent([0.5f], false, Scores: true),
            About,
            TestContext.Current.CancellationToken
        );
        await using var reader = await ParquetReader.CreateAsync(target, cancellationToken: TestContext.Current.CancellationToken);

        // LIST as the format wants it: an annotated group, a repeated group, an element.
        foreach (var name in new[] { "tags_0.5", "scores_0.5" })
        {
            var at = reader.Metadata!.Schema.FindIndex(element => element.Name == name);
            Assert.Equal(ConvertedType.LIST, reader.Metadata.Schema[at].ConvertedType);
            Assert.Equal(FieldRepetitionType.REPEATED, reader.Metadata.Schema[at + 1].RepetitionType);
            Assert.Equal("element", reader.Metadata.Schema[at + 2].Name);
        }
    }

    private async Task<ParquetReader> ReaderAsync(Func<int, string> row, int rows = Rows)
    {
        var source = _directory.PathOf("rows.ndjson");
        var target = _directory.PathOf("out.parquet");
        await File.WriteAllLinesAsync(source, Enumerable.Range(0, rows).Select(row), TestContext.Current.CancellationToken);
        await GeoParquetFile.WriteAsync(source, target, new ListContent([0.5f], false), About, TestContext.Current.CancellationToken);
        return await ParquetReader.CreateAsync(target, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>A row as the run writes it; every tenth has no place.</summary>
    private static string Row(int row) =>
        $$"""{"id":"{{row}}","head":"linear-img","tags_0.5":["Canals"],"fallback_0.5":false"""
        + (row % 10 == 9 ? "}" : FormattableString.Invariant($$""","lat":{{50 + (row % 100 / 10.0)}},"lon":{{-8 + (row / 10_000.0)}}}"""));

    private static ListAbout About { get; } =
        ListAbout.Of(
            new AboutModel("drawn", "1.0.0", new string('d', 64), "demonstration", "Not for use."),
            null,
            new ListContent([0.5f], false)
        );

    private static JsonElement Geo(ParquetReader reader) => JsonElement.Parse(reader.CustomMetadata["geo"]);

    private static (double X, double Y) ReadPoint(byte[] wkb)
    {
        const int Point = 1;
        Assert.Equal(21, wkb.Length);
        Assert.Equal(1, wkb[0]);
        Assert.Equal(Point, BinaryPrimitives.ReadInt32LittleEndian(wkb.AsSpan(1)));
        return (BinaryPrimitives.ReadDoubleLittleEndian(wkb.AsSpan(5)), BinaryPrimitives.ReadDoubleLittleEndian(wkb.AsSpan(13)));
    }

    [GeneratedRegex("^(GeometryCollection|(Multi)?(Point|LineString|Polygon))( Z)?$")]
    private static partial Regex GeometryType();
}
