using System.Net;
using System.Text.Json;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Tagging;

/// <summary>What a photo's own metadata do to its answer, from the upload to the warnings.</summary>
public sealed class PhotoPlaceTests
{
    [Theory]
    [InlineData("gps-zero-zero.jpg")]
    [InlineData("gps-all-0-0.jpg")]
    [InlineData("gps-seconds-0-0.jpg")]
    public async Task PlaceThatCannotBeUsed_IsLeftOutWithAWarning(string file)
    {
        var json = await TagAsync(CaseFiles.Read(file));

        Assert.Equal(JsonValueKind.Null, Location(json).ValueKind);
        var warning = Assert.Single(json.GetProperty("warnings").EnumerateArray());
        Assert.Equal("exif-place-unusable", warning.GetProperty("code").GetString());
        Assert.Equal("image", warning.GetProperty("field").GetString());
    }

    [Fact]
    public async Task PlaceThatCannotBeUsed_IsNotMissedWhereAnotherIsGiven()
    {
        var json = await TagAsync(CaseFiles.Read("gps-zero-zero.jpg"), ("lat", "52.5"), ("lon", "-0.98"));

        Assert.Equal("coordinates", Location(json).GetProperty("source").GetString());
        Assert.Empty(json.GetProperty("warnings").EnumerateArray());
    }

    [Theory]
    [InlineData("png-exif.png")]
    [InlineData("png-two-exif.png")]
    [InlineData("webp-exif-with-preamble.webp")]
    public async Task PlaceOfEveryFormat_IsUsed(string file)
    {
        var json = await TagAsync(CaseFiles.Read(file));

        Assert.Equal("exif", Location(json).GetProperty("source").GetString());
        Assert.Equal(52.5, Location(json).GetProperty("lat").GetDouble(), 1e-9);
        Assert.Equal(-0.98, Location(json).GetProperty("lon").GetDouble(), 1e-9);
        Assert.Empty(json.GetProperty("warnings").EnumerateArray());
    }

    [Theory]
    [InlineData("jpeg-exif-overlap.jpg")]
    [InlineData("png-ztxt-40m.png")]
    public async Task MetadataOfNoUse_CostNothing(string file)
    {
        var json = await TagAsync(CaseFiles.Read(file));

        Assert.Equal(JsonValueKind.Null, Location(json).ValueKind);
        Assert.Empty(json.GetProperty("warnings").EnumerateArray());
    }

    [Theory]
    [InlineData("png-chunk-length-1.9g.png")]
    [InlineData("jpeg-stray-byte-truncated.jpg")]
    [InlineData("prog-cut.jpg")]
    public async Task PhotoThatIsCut_IsInvalid(string file)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync("/v1/tags", Requests.Photo(CaseFiles.Read(file)), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal("image", (await answer.JsonAsync()).GetProperty("field").GetString());
    }

    private static JsonElement Location(JsonElement answer) =>
        answer.TryGetProperty("location", out var location) ? location : JsonDocument.Parse("null").RootElement;

    private static async Task<JsonElement> TagAsync(byte[] photo, params (string Name, string Value)[] fields)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var answer = await client.PostAsync("/v1/tags", Requests.Form(photo, fields), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.JsonAsync();
    }
}
