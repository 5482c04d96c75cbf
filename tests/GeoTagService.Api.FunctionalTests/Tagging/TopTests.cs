using System.Text.Json;
using GeoTagService.Core.Tags;

namespace GeoTagService.Api.FunctionalTests.Tagging;

/// <summary>The most probable tags by name, however many are asked for.</summary>
public sealed class TopTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Top_ListsTheMostProbable_WhereverItIsAsked()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var embedding = await client.PostAsync("/v1/embeddings?title=Canal%20lock&encoding=base64", null, Token);
        var vector = (await embedding.JsonAsync()).GetProperty("title").GetString();
        (string Path, HttpContent? Body)[] ways =
        [
            ("/v1/tags?title=Canal%20lock&top=5", null),
            ("/v1/tags", Requests.Form(null, ("title", "Canal lock"), ("top", "5"))),
            ("/v1/tags", Requests.Json("""{"title":"Canal lock","top":5}""")),
            ("/v1/tags?top=2", Requests.Json("""{"title":"Canal lock","top":5}""")),
            ("/v1/tags/batch?top=5", Requests.NdJson(Requests.Line("a", "Canal lock"))),
            ("/v1/tags/batch", Requests.NdJson(Requests.Line("a", "Canal lock", more: "\"top\":5"))),
            ("/v1/tags/from-embeddings", Requests.Json($$"""{"title":"{{vector}}","top":5}""")),
            ("/v1/tags/from-embeddings?top=5", Requests.Json($$"""{"items":[{"title":"{{vector}}"}]}""")),
        ];
        foreach (var (path, body) in ways)
        {
            using var answer = await client.PostAsync(path, body, Token);
            var text = (await answer.Content.ReadAsStringAsync(Token)).Split('\n')[0];
            var json = JsonDocument.Parse(text).RootElement;
            var result =
                json.TryGetProperty("result", out var one) ? one
                : json.TryGetProperty("items", out var items) ? items[0].GetProperty("result")
                : json;
            var top = result.GetProperty("top").EnumerateArray().ToList();

            var expected = result
                .GetProperty("probabilities")
                .EnumerateObject()
                .OrderByDescending(tag => tag.Value.GetSingle())
                .Take(5)
                .Select(tag => (tag.Name, tag.Value.GetSingle()));
            Assert.Equal(expected, top.Select(tag => (tag.GetProperty("id").GetString()!, tag.GetProperty("probability").GetSingle())));
            Assert.All(
                top,
                tag =>
                    Assert.Equal(
                        TagCatalog.Tags.Single(known => known.Id == tag.GetProperty("id").GetString()).Name,
                        tag.GetProperty("name").GetString()
                    )
            );
            Assert.Equal(TagCatalog.Count, result.GetProperty("probabilities").EnumerateObject().Count());
        }
    }

    [Fact]
    public async Task WithoutTop_ThereIsNone_AndAllMayBeAskedFor()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var without = await client.PostAsync("/v1/tags?title=a", null, Token);
        using var all = await client.PostAsync("/v1/tags?title=a&top=49", null, Token);

        Assert.False((await without.JsonAsync()).TryGetProperty("top", out _));
        Assert.Equal(49, (await all.JsonAsync()).GetProperty("top").GetArrayLength());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("50")]
    [InlineData("-1")]
    [InlineData("2.5")]
    [InlineData("many")]
    [InlineData("99999999999")]
    public async Task OtherNumbers_AreRefusedWithTheRange(string top)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var query = await client.PostAsync($"/v1/tags?title=a&top={top}", null, Token);
        using var json = await client.PostAsync(
            "/v1/tags",
            Requests.Json($$"""{"title":"a","top":{{(top == "many" ? "\"many\"" : top)}}}"""),
            Token
        );

        Assert.Contains("1 to 49", (await query.ProblemAsync(422, "invalid-value", "top")).GetProperty("detail").GetString());
        await json.ProblemAsync(422, "invalid-value", "top");
    }
}
