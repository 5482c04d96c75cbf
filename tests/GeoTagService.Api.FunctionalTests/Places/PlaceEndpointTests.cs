using System.Globalization;
using System.Net;
using System.Text.Json;

namespace GeoTagService.Api.FunctionalTests.Places;

public sealed class PlaceEndpointTests
{
    [Theory]
    [InlineData("lat=53.3933&lon=-2.0650")]
    [InlineData("gridReference=SJ%2096%2088")]
    public async Task Place_IsDescribedWithWhatStandsBehindIt(string query)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync($"/v1/places?{query}", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var place = await answer.JsonAsync();
        Assert.Equal("SJ98", place.GetProperty("location").GetProperty("square").GetString());
        Assert.Equal(
            (30, 45),
            (place.GetProperty("data").GetProperty("photos").GetInt32(), place.GetProperty("data").GetProperty("total").GetInt32())
        );
        var tags = place.GetProperty("tags").EnumerateArray().ToArray();
        Assert.Equal(49, tags.Length);
        // Fifteen of thirty photos, and ten photos' worth of a tenth.
        Assert.Equal(16.0 / 40, tags[0].GetProperty("share").GetDouble(), 5);
        Assert.Equal(Math.Sqrt(0.4 * 0.6 / 41), tags[0].GetProperty("deviation").GetDouble(), 5);
        Assert.Equal(1.0 / 40, tags[^1].GetProperty("share").GetDouble(), 5);
        Assert.Equal(2, place.GetProperty("embedding").GetArrayLength());
        var similar = place.GetProperty("similar").EnumerateArray().ToArray();
        Assert.Equal(2, similar.Length);
        Assert.All(similar, square => Assert.True(square.GetProperty("kilometres").GetDouble() >= 50));
        Assert.DoesNotContain("SJ98", similar.Select(square => square.GetProperty("square").GetString()));
    }

    [Fact]
    public async Task SquareWithoutPhotos_HasTheEncodersExpectationAlone()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync("/v1/places?gridReference=O1234", TestContext.Current.CancellationToken);

        var place = await answer.JsonAsync();
        Assert.Equal(0, place.GetProperty("data").GetProperty("photos").GetInt32());
        Assert.All(place.GetProperty("tags").EnumerateArray(), tag => Assert.Equal(0.1, tag.GetProperty("share").GetDouble(), 5));
    }

    [Theory]
    [InlineData("", 422, "missing-input", null)]
    [InlineData("lat=north&lon=1", 400, "malformed", "lat")]
    [InlineData("lat=NaN&lon=1", 400, "malformed", "lat")]
    [InlineData("lat=53", 422, "invalid-value", "lon")]
    [InlineData("lat=95&lon=0", 422, "invalid-value", "lat")]
    [InlineData("lat=48.86&lon=2.35", 422, "invalid-value", "lat")]
    [InlineData("gridReference=QQ99", 422, "invalid-value", "gridReference")]
    [InlineData("lat=53.4&lon=-2.07&gridReference=TQ3080", 422, "conflict", "gridReference")]
    public async Task Place_ThatIsNone_IsRefusedWithItsField(string query, int status, string code, string? field)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync($"/v1/places?{query}", TestContext.Current.CancellationToken);

        await answer.ProblemAsync(status, code, field);
    }

    [Fact]
    public async Task BundleWithoutEncoder_IsNamedWithWhatMakesOne()
    {
        await using var application = new GeoTagApplication { WithPlaces = false };
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync("/v1/places?lat=53.4&lon=-2.07", TestContext.Current.CancellationToken);

        var problem = await answer.ProblemAsync(404, "no-location-encoder", null);
        Assert.Contains("geotag places train", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DocumentedExamples_AreAnswered()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var document = await client.GetAsync("/swagger/v1/swagger.json", TestContext.Current.CancellationToken);
        var parameters = (await document.JsonAsync())
            .GetProperty("paths")
            .GetProperty("/v1/places")
            .GetProperty("get")
            .GetProperty("parameters")
            .EnumerateArray()
            .ToDictionary(parameter => parameter.GetProperty("name").GetString()!, parameter => parameter);
        Assert.Equal(["gridReference", "lat", "lon"], parameters.Keys.Order(StringComparer.Ordinal));

        foreach (var names in new[] { new[] { "lat", "lon" }, ["gridReference"] })
        {
            var query = string.Join(
                '&',
                names.Select(name => $"{name}={Uri.EscapeDataString(Text(parameters[name].GetProperty("example")))}")
            );
            using var answer = await client.GetAsync($"/v1/places?{query}", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    private static string Text(JsonElement example) =>
        example.ValueKind == JsonValueKind.Number ? example.GetDouble().ToString(CultureInfo.InvariantCulture) : example.GetString()!;
}
