using System.Net;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Tagging;

public sealed class EvidenceTests
{
    [Fact]
    public async Task Photo_GivesAGridOfDropsForTheTag()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync(
            "/v1/tags/evidence",
            Requests.Form(TestImages.Jpeg(), ("tag", "tag1077")),
            TestContext.Current.CancellationToken
        );

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var json = await answer.JsonAsync();
        Assert.Equal("tag1077", json.GetProperty("tag").GetString());
        var rows = json.GetProperty("drops").EnumerateArray().ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal(rows.Count, row.GetArrayLength()));
    }

    [Theory]
    [InlineData("tag1", true, 422, "invalid-value", "tag")]
    [InlineData(null, true, 422, "invalid-value", "tag")]
    [InlineData("tag1077", false, 422, "missing-input", "image")]
    public async Task BadInput_HasItsOwnProblem(string? tag, bool withPhoto, int status, string code, string? field)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync(
            "/v1/tags/evidence",
            Requests.Form(withPhoto ? TestImages.Jpeg() : null, tag is null ? [("title", "Canal")] : [("tag", tag)]),
            TestContext.Current.CancellationToken
        );

        await answer.ProblemAsync(status, code, field);
    }
}
