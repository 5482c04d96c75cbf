using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using GeoTagService.Core.Tags;

namespace GeoTagService.Api.FunctionalTests.Places;

/// <summary>Where one tag is expected: three squares were learnt from (30, 10 and 5 photos), the encoder expects a tenth everywhere, which
/// is worth ten photos.</summary>
public sealed class TagMapTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string FirstTag => TagCatalog.Tags[0].Id;

    [Theory]
    [InlineData("&square=10km", 10_000, "SJ98", "TQ38", "NY20")]
    [InlineData("&square=100km", 100_000, "SJ", "TQ", "NY")]
    [InlineData("", 100_000, "SJ", "TQ", "NY")]
    public async Task Tag_IsMappedBySquare_TheMostExpectedFirst(string square, int edge, params string[] names)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync($"/v1/places/map?tag={FirstTag}{square}", Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var map = await answer.JsonAsync();
        Assert.Equal((FirstTag, edge, 45), (Text(map, "tag"), map.GetProperty("edge").GetInt32(), map.GetProperty("total").GetInt32()));
        var squares = map.GetProperty("squares").EnumerateArray().ToArray();
        Assert.Equal(names, squares.Select(one => Text(one, "square")));
        Assert.Equal(16.0 / 40, squares[0].GetProperty("share").GetDouble(), 5);
        Assert.Equal(Math.Sqrt(0.4 * 0.6 / 41), squares[0].GetProperty("deviation").GetDouble(), 5);
        Assert.Equal([1.0 / 15, 1.0 / 20], squares.Skip(1).Select(one => Math.Round(one.GetProperty("share").GetDouble(), 5)), Close);
        // Ten of its own photos against ten of the encoder's are half.
        Assert.Equal([false, true, false], squares.Select(one => one.GetProperty("sparse").GetBoolean()));
        Assert.InRange(squares[0].GetProperty("lat").GetDouble(), 53, 54);
    }

    [Fact]
    public async Task LargeSquare_CountsThePhotosOfAllItsSmallOnes()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var small = await client.GetAsync($"/v1/places/map?tag={FirstTag}&square=10km", Token);
        using var large = await client.GetAsync($"/v1/places/map?tag={FirstTag}&square=100km", Token);

        Assert.Equal(45, Photos(await small.JsonAsync()));
        Assert.Equal(45, Photos(await large.JsonAsync()));

        static int Photos(JsonElement map) => map.GetProperty("squares").EnumerateArray().Sum(one => one.GetProperty("photos").GetInt32());
    }

    [Theory]
    [InlineData("", "tag")]
    [InlineData("tag=", "tag")]
    [InlineData("tag=canals", "tag")]
    [InlineData("tag=tag1077&square=1km", "square")]
    [InlineData("tag=tag1077&square=100", "square")]
    public async Task WhatIsNoTagOrSquare_IsRefusedWithItsField(string query, string field)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync($"/v1/places/map?{query}", Token);

        await answer.ProblemAsync(422, "invalid-value", field);
    }

    [Fact]
    public async Task BundleWithoutEncoder_HasNoMap_AndTheModelSaysSo()
    {
        await using var application = new GeoTagApplication { WithPlaces = false };
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync("/v1/places/map?tag=tag1077", Token);
        using var model = await client.GetAsync("/v1/model", Token);

        await answer.ProblemAsync(404, "no-location-encoder", null);
        Assert.False((await model.JsonAsync()).TryGetProperty("locationEncoder", out _));
    }

    [Fact]
    public async Task ModelWithAnEncoder_SaysWhatItLearntFrom()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var model = await client.GetAsync("/v1/model", Token);

        var places = (await model.JsonAsync()).GetProperty("locationEncoder");
        Assert.Equal((45, "test photos"), (places.GetProperty("photos").GetInt32(), Text(places, "source")));
    }

    [Fact]
    public async Task AnswerThatTheClientHas_IsNotSentAgain()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var first = await client.GetAsync("/v1/places/map?tag=tag1077", Token);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/v1/places/map?tag=tag1077");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var other = new HttpRequestMessage(HttpMethod.Get, "/v1/places/map?tag=tag1077&square=10km");
        other.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using var unchanged = await client.SendAsync(again, Token);
        using var different = await client.SendAsync(other, Token);

        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Equal(HttpStatusCode.OK, different.StatusCode);
        Assert.Equal(new CacheControlHeaderValue { Private = true, NoCache = true }, different.Headers.CacheControl);
    }

    [Fact]
    public async Task DocumentedExamples_AreAnswered()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var document = await client.GetAsync("/swagger/v1/swagger.json", Token);
        var query = string.Join(
            '&',
            (await document.JsonAsync())
                .GetProperty("paths")
                .GetProperty("/v1/places/map")
                .GetProperty("get")
                .GetProperty("parameters")
                .EnumerateArray()
                .Where(parameter => Text(parameter, "in") == "query")
                .Select(parameter => $"{Text(parameter, "name")}={Text(parameter, "example")}")
        );

        using var answer = await client.GetAsync($"/v1/places/map?{query}", Token);

        Assert.Equal("tag=tag1077&square=100km", query);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static bool Close(double one, double other) => Math.Abs(one - other) < 1e-4;

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;
}
