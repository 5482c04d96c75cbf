using System.Net;
using System.Text.Json;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Tagging;

/// <summary>Photos in <c>data:</c> URIs, as browsers' canvases and file readers write them.</summary>
public sealed class DataUriTests
{
    private static readonly byte[] Photo = TestImages.Jpeg();
    private static readonly string Base64 = Convert.ToBase64String(Photo);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryWay_GivesTheAnswerOfThePhotoItself()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var direct = await client.PostAsync("/v1/tags", Requests.Form(Photo), Token);
        var expected = (await direct.JsonAsync()).GetProperty("probabilities").GetRawText();
        var uri = "data:image/jpeg;base64," + Base64;
        (string Path, HttpContent? Body)[] ways =
        [
            ("/v1/tags", Requests.Json($$"""{"image":"{{uri}}"}""")),
            ("/v1/tags", Requests.Json($$"""{"image":"DATA:image/jpeg;name=a.jpg;Base64,{{Base64}}"}""")),
            ("/v1/tags", Requests.Json($$"""{"image":"data:;base64,{{Base64}}"}""")),
            ("/v1/tags", Requests.Json($$"""{"image":"{{uri.Replace("/", "\\/", StringComparison.Ordinal)}}"}""")),
            ("/v1/tags", Requests.Json(JsonSerializer.Serialize(new { image = uri }))),
            ("/v1/tags", Requests.Form(null, ("image", uri))),
            ("/v1/tags", new FormUrlEncodedContent([KeyValuePair.Create("image", uri)])),
            ("/v1/tags", new StringContent("image=" + uri, System.Text.Encoding.UTF8, "application/x-www-form-urlencoded")),
            (
                "/v1/tags",
                new StringContent(
                    "image=" + Uri.EscapeDataString("data:image/jpeg;base64," + Uri.EscapeDataString(Base64)),
                    System.Text.Encoding.UTF8,
                    "application/x-www-form-urlencoded"
                )
            ),
            ("/v1/tags?image=" + Uri.EscapeDataString(uri), null),
            ("/v1/tags/batch", Requests.NdJson($$"""{"image":"{{uri}}"}""")),
            ("/v1/tags/batch", Requests.Form(null, ("image", uri))),
        ];
        foreach (var (path, body) in ways)
        {
            using var answer = await client.PostAsync(path, body, Token);
            var text = await answer.Content.ReadAsStringAsync(Token);
            Assert.True(
                answer.StatusCode == HttpStatusCode.OK && text.Contains(expected, StringComparison.Ordinal),
                $"{path[..8]}: {text}"
            );
        }
    }

    [Theory]
    [InlineData("data:")]
    [InlineData("data:image/jpeg,abc")]
    [InlineData("data:image/jpeg;base64")]
    [InlineData("data:image/jpeg;base64,***")]
    [InlineData("data:image/jpeg;base64,AAAAA")]
    [InlineData("ftp://example.org/a.jpg")]
    public async Task WhatHoldsNoPhoto_IsRefused(string text)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var json = await client.PostAsync("/v1/tags", Requests.Json($$"""{"image":"{{text}}"}"""), Token);
        using var form = await client.PostAsync("/v1/tags", new FormUrlEncodedContent([KeyValuePair.Create("image", text)]), Token);

        await json.ProblemAsync(400, "malformed", "image");
        var problem = await form.ProblemAsync(400, "malformed", "image");
        Assert.Contains("data: URI", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task LargeOne_IsHeldToThePhotosLimit()
    {
        await using var application = new GeoTagApplication(("GeoTag:MaxImageBytes", "100000"));
        using var client = await application.ReadyClientAsync();
        var uri = "data:image/jpeg;base64," + Convert.ToBase64String(new byte[100_001]);

        using var json = await client.PostAsync("/v1/tags", Requests.Json($$"""{"image":"{{uri}}"}"""), Token);
        using var form = await client.PostAsync("/v1/tags", Requests.Form(null, ("image", uri)), Token);

        await json.ProblemAsync(413, "image-too-large", "image");
        await form.ProblemAsync(413, "image-too-large", "image");
    }
}
