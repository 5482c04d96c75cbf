using System.Text.Json;
using GeoTagService.Core.Places;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Places;

/// <summary>References and positions against pyproj's (7-parameter Helmert): within 1 m, both ways; the bar is 10 m.</summary>
public sealed class GridGoldenTests
{
    private const double Tolerance = 1;

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public void Reference_ToPosition_IsWithinAMetre() =>
        Assert.All(
            Rows(),
            row =>
            {
                Assert.True(GridReference.TryParse(row.Reference, out var reference, out var problem), problem);
                Assert.Equal((row.Easting, row.Northing, row.Square), (reference.Easting, reference.Northing, reference.Precision));
                Assert.InRange(GeoDistance.Metres(reference.Centre, row.Centre), 0, Tolerance);
            }
        );

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public void Position_ToReference_IsWithinAMetre() =>
        Assert.All(
            Rows(),
            row =>
            {
                var reference = GridReference.FromPosition(row.Centre, 1);

                Assert.Equal(row.Grid, reference?.Grid);
                Assert.InRange(Math.Abs(reference!.Easting + 0.5 - (row.Easting + (row.Square / 2.0))), 0, Tolerance);
                Assert.InRange(Math.Abs(reference.Northing + 0.5 - (row.Northing + (row.Square / 2.0))), 0, Tolerance);
            }
        );

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public void PublishedPositions_AreScaledAsPublished()
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(ReferenceData.PathOf("golden", "grid.json")));
        foreach (var row in golden.RootElement.GetProperty("gb_1km").EnumerateArray())
        {
            var (latitude, longitude) = LocationFeatures.Encode(
                new GeoPosition(row.GetProperty("lat").GetDouble(), row.GetProperty("lon").GetDouble())
            );
            Assert.Equal(row.GetProperty("lat_norm").GetDouble(), latitude, 1e-7);
            Assert.Equal(row.GetProperty("lon_norm").GetDouble(), longitude, 1e-7);
        }
    }

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public void WholeRequests_GetTheReferencesNumbers()
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(ReferenceData.PathOf("golden", "requests.json")));
        foreach (var request in golden.RootElement.GetProperty("requests").EnumerateArray())
        {
            var input = new Core.TagInput { Latitude = Number(request, "lat"), Longitude = Number(request, "lon") };
            var location = LocationResolver.Resolve(input, exif: null).Value!.Location;
            var (latitude, longitude) = LocationFeatures.Encode(location is { InTrainedArea: true } ? location.Position : null);

            var expected = request.GetProperty("loc_norm");
            Assert.Equal(expected[0].GetDouble(), latitude, 1e-7);
            Assert.Equal(expected[1].GetDouble(), longitude, 1e-7);
        }
    }

    private static double? Number(JsonElement request, string name) =>
        request.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    private static List<Row> Rows()
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(ReferenceData.PathOf("golden", "grid.json")));
        return
        [
            .. new[] { "gb_1km", "irish_1km", "other_precision" }
                .SelectMany(list => golden.RootElement.GetProperty(list).EnumerateArray())
                .Select(row => new Row(
                    row.GetProperty("ref").GetString()!,
                    row.GetProperty("epsg").GetInt32() == 27700 ? Grid.British : Grid.Irish,
                    row.GetProperty("easting").GetInt32(),
                    row.GetProperty("northing").GetInt32(),
                    row.GetProperty("square_m").GetInt32(),
                    new GeoPosition(row.GetProperty("centre_lat").GetDouble(), row.GetProperty("centre_lon").GetDouble())
                )),
        ];
    }

    private sealed record Row(string Reference, Grid Grid, int Easting, int Northing, int Square, GeoPosition Centre);
}
