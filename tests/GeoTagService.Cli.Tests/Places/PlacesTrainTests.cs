using System.Globalization;
using System.Text.Json;
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
    }

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
