using System.Text.Json.Nodes;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Bundles;

public sealed class PlacePriorRulesTests : IDisposable
{
    private readonly BundleCopy _copy = new();

    public void Dispose() => _copy.Dispose();

    [Fact]
    public void PriorWithoutALocationEncoder_IsRefusedWithWhatMakesOne()
    {
        _copy.EditManifest(manifest => manifest["heads"]![0]!["placePrior"] = Prior(new string('a', 64)));

        var refusal = Assert.Throws<BundleException>(() => BundleReader.OpenDirectory(_copy.Directory)).Message;

        Assert.Contains("has a place prior, but the bundle has no location encoder", refusal, StringComparison.Ordinal);
        Assert.Contains("geotag places train", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 49, 0.5, "fitted with another location encoder")]
    [InlineData(false, 48, 0.5, "needs 49 weights of its place prior between 0 and 2")]
    [InlineData(false, 49, 2.5, "needs 49 weights of its place prior between 0 and 2")]
    [InlineData(false, 49, -0.1, "needs 49 weights of its place prior between 0 and 2")]
    public void PriorThatDoesNotFit_IsRefused(bool otherEncoder, int weights, double weight, string why)
    {
        _copy.EditManifest(manifest =>
        {
            var file = manifest["files"]!
                .AsArray()
                .Select(entry => entry!)
                .First(entry => $"{entry["path"]}".EndsWith(".onnx", StringComparison.Ordinal));
            manifest["locationEncoder"] = new JsonObject
            {
                ["file"] = $"{file["path"]}",
                ["squares"] = $"{file["path"]}",
                ["dimension"] = 64,
                ["photos"] = 1,
                ["data"] = "tests",
                ["shares"] = Numbers(TagCatalog.Count, 0.1),
                ["strengths"] = Numbers(TagCatalog.Count, 10),
                ["blockEdge"] = 100_000,
                ["logLoss"] = 0.1,
            };
            manifest["heads"]![0]!["placePrior"] = Prior(otherEncoder ? new string('a', 64) : $"{file["sha256"]}", weights, weight);
        });

        Assert.Contains(
            why,
            Assert.Throws<BundleException>(() => BundleReader.OpenDirectory(_copy.Directory)).Message,
            StringComparison.Ordinal
        );
    }

    private static JsonObject Prior(string encoder, int weights = 49, double weight = 0.5) =>
        new() { ["encoder"] = encoder, ["weights"] = Numbers(weights, weight) };

    private static JsonArray Numbers(int count, double number) =>
        [.. Enumerable.Repeat(number, count).Select(value => JsonValue.Create(value))];
}
