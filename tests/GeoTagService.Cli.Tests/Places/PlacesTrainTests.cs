using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using GeoTagService.Core.Bundles;

namespace GeoTagService.Cli.Tests.Places;

public sealed class PlacesTrainTests(TinyModel model) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Encoder_IsTrainedIntoABundle_AndEmbedsInBothOrders()
    {
        var bundle = _directory.PathOf("with-places");
        (
            await GeotagRun.Of(
                "places",
                "train",
                "--semi-synthetic",
                "1500",
                "--place-strength",
                "2",
                "--dimension",
                "64",
                "--steps",
                "40",
                "--bundle",
                model.Bundle,
                "--bundle-output",
                bundle
            )
        ).Succeeds();

        var encoder = BundleReader.OpenDirectory(bundle).Manifest.LocationEncoder;
        Assert.NotNull(encoder);
        Assert.Equal((64, 1500, 100_000), (encoder.Dimension, encoder.Photos, encoder.BlockEdge));
        Assert.All(encoder.Strengths, strength => Assert.InRange(strength, 1, 1024));

        var places = _directory.PathOf("places.csv");
        File.WriteAllLines(places, ["name,lon,lat", "a,-3.2,54.5", "b,-6.3,53.4", "c,2.35,48.86"]);
        var output = _directory.PathOf("embedded.csv");
        var run = await GeotagRun.Of("places", "embed", "--bundle", bundle, "--input", places, "--output", output, "--tags");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("2 places embedded, 1 outside both grids", run.Error, StringComparison.Ordinal);
        var rows = File.ReadLines(output).Select(line => line.Split(',')).ToArray();
        Assert.Equal(["lat", "lon", "e0"], rows[0][..3]);
        Assert.Equal(2 + 64 + 49, rows[0].Length);
        Assert.Equal(["54.5", "-3.2"], rows[1][..2]);
        Assert.All(rows[3][2..], value => Assert.Empty(value));
        Assert.NotEqual(rows[1][2..66], rows[2][2..66]);
        Assert.All(rows[1][66..], share => Assert.InRange(double.Parse(share, CultureInfo.InvariantCulture), 0, 1));

        File.WriteAllLines(places, ["-3.2,54.5", "-6.3,53.4"]);
        (await GeotagRun.Of("places", "embed", "--bundle", bundle, "--input", places, "--output", output, "--order", "lon,lat")).Succeeds();
        var turned = File.ReadLines(output).Select(line => line.Split(',')).ToArray();
        Assert.Equal(["lon", "lat"], turned[0][..2]);
        Assert.Equal(["-3.2", "54.5"], turned[1][..2]);
        Assert.Equal(rows[1][2..66], turned[1][2..]);

        await ParquetHasTheSameAsync(bundle, rows);
        await PlacesTheOtherWayRound_AreCounted(bundle);
    }

    /// <summary>As DuckDB reads it, which shares no code with the writer.</summary>
    private async Task ParquetHasTheSameAsync(string bundle, string[][] rows)
    {
        var (places, output) = (_directory.PathOf("places.csv"), _directory.PathOf("embedded.parquet"));
        File.WriteAllLines(places, ["id,lon,lat", "a,-3.2,54.5", "b,-6.3,53.4", ",2.35,48.86"]);
        Assert.Equal(
            1,
            (await GeotagRun.Of("places", "embed", "--bundle", bundle, "--input", places, "--output", output, "--tags")).ExitCode
        );
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, "libduckdb.so")))
        {
            return;
        }

        await using var connection = new DuckDBConnection("DataSource=:memory:");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText =
            $"SELECT lat, lon, id, list_filter(embedding, x -> x IS NOT NULL), {Core.Tags.TagCatalog.Tags[0].Id}, typeof(embedding) FROM read_parquet('{output}')";
        await using var found = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        for (var row = 1; row <= 3; row++)
        {
            Assert.True(await found.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal((rows[row][0], rows[row][1]), (Text(found.GetDouble(0)), Text(found.GetDouble(1))));
            Assert.Equal(
                row == 3 ? ""
                    : row == 1 ? "a"
                    : "b",
                found.GetString(2)
            );
            Assert.Equal(row == 3 ? [] : rows[row][2..66], found.GetFieldValue<List<float>>(3).Select(Number));
            Assert.Equal(rows[row][66], found.IsDBNull(4) ? "" : Number(found.GetFloat(4)));
            Assert.Equal("FLOAT[]", found.GetString(5));
        }

        Assert.False(await found.ReadAsync(TestContext.Current.CancellationToken));
        static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
        static string Number(float value) => value.ToString("G9", CultureInfo.InvariantCulture);
    }

    private async Task PlacesTheOtherWayRound_AreCounted(string bundle)
    {
        var (places, output) = (_directory.PathOf("turned.csv"), _directory.PathOf("turned.parquet"));
        File.WriteAllLines(places, ["lat,lon", "-3.2,54.5", "2.35,48.86"]);

        var run = await GeotagRun.Of("places", "embed", "--bundle", bundle, "--input", places, "--output", output);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("0 places embedded, 2 outside both grids", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 of them lie inside with lat and lon the other way round", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lat,lon\n54,-3\n54,\n", "line 3: lat and lon are not two numbers: '54' and ''")]
    [InlineData("lat,lon\n54,-3\nNaN,1\n", "line 3: latitude NaN, longitude 1 is no place")]
    [InlineData("lat,lon\n\n54,-3\n91,1\n", "line 4: latitude 91, longitude 1 is no place")]
    [InlineData("lat,lon,id\n54,-3,a\n54,-3\n", "line 3: 2 fields, where the header has 3")]
    [InlineData("lat,lng\n54,-3\n", "has no column 'lon'")]
    [InlineData("lat,lon\n", "holds no place")]
    [InlineData("", "is empty")]
    [InlineData("54,-3\n54;-3\n", "line 2: lat and lon are not two numbers")]
    public async Task ListWithAFault_IsRefusedByLine_AndNothingIsWritten(string list, string sentence)
    {
        var (bundle, places) = (_directory.PathOf("bundle"), _directory.PathOf("places.csv"));
        File.WriteAllText(places, list);
        (
            await GeotagRun.Of(
                "places",
                "train",
                "--semi-synthetic",
                "200",
                "--dimension",
                "64",
                "--steps",
                "2",
                "--bundle",
                model.Bundle,
                "--bundle-output",
                bundle
            )
        ).Succeeds();
        foreach (var kind in new[] { "csv", "parquet" })
        {
            var run = await GeotagRun.Of(
                "places",
                "embed",
                "--bundle",
                bundle,
                "--input",
                places,
                "--output",
                _directory.PathOf($"out.{kind}")
            );

            run.Fails(2, "places.csv", sentence);
            Assert.Empty(Directory.EnumerateFiles(Path.GetDirectoryName(places)!, "out.*"));
        }
    }

    [Fact]
    public async Task OutputOfAnotherKind_IsRefusedBeforeAnythingIsRead() =>
        (await GeotagRun.Of("places", "embed", "--input", "missing.csv", "--output", "out.npy")).Fails(2, "out.npy", ".csv or .parquet");

    [Fact]
    public async Task BundleWithoutEncoder_IsNamedWithWhatMakesOne()
    {
        var places = _directory.PathOf("places.csv");
        File.WriteAllText(places, "lat,lon\n54,-3\n");

        (
            await GeotagRun.Of("places", "embed", "--bundle", model.Bundle, "--input", places, "--output", _directory.PathOf("out.csv"))
        ).Fails(3, "has no location encoder", "geotag places train");
    }

    [Fact]
    public async Task Requests_ThatMakeNoSense_SayWhatIsMissing()
    {
        (await GeotagRun.Of("places", "train", "--semi-synthetic", "1000")).Fails(2, "--output or --bundle-output", "--compare");
        (await GeotagRun.Of("places", "train", "--compare")).Fails(2, "--input, --labels or --semi-synthetic");
        var run = _directory.PathOf("run.ndjson");
        File.WriteAllText(run, """{"id":"2","head":"h","tags_0.5":["Coastal"],"fallback_0.5":false,"lat":50.1,"lon":-5.5}""" + "\n");
        (await GeotagRun.Of("places", "train", "--input", run, "--output", _directory.PathOf("e.onnx"))).Fails(2, "too few", "100");
    }

    [Fact]
    public async Task Comparison_HasEveryWayAndIsWrittenAsJson()
    {
        var json = _directory.PathOf("report.json");

        var output = (
            await GeotagRun.Of(
                "places",
                "train",
                "--semi-synthetic",
                "1500",
                "--place-strength",
                "0",
                "--compare",
                "--dimension",
                "64",
                "--steps",
                "40",
                "--json",
                json
            )
        ).Succeeds();

        Assert.Contains("held out whole", output, StringComparison.Ordinal);
        var scores = JsonElement.Parse(File.ReadAllText(json))[0].GetProperty("scores");
        Assert.Equal(
            [
                "encoder",
                "kernel-density",
                "lat-lon-linear",
                "mean",
                "nearest",
                "sinusoids-linear",
                "truth",
                "truth-elsewhere",
                "truth-large-scale",
            ],
            scores.EnumerateObject().Select(way => way.Name).Order(StringComparer.Ordinal)
        );
        // Where no tag depends on the place, the encoder must not do worse than the mean by more than noise.
        Assert.InRange(
            scores.GetProperty("encoder").GetProperty("logLoss").GetDouble(),
            0,
            1.02 * scores.GetProperty("mean").GetProperty("logLoss").GetDouble()
        );
    }
}
