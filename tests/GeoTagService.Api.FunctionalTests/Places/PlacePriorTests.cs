using System.Text.Json;
using GeoTagService.Core.Tags;

namespace GeoTagService.Api.FunctionalTests.Places;

/// <summary>A head takes half of a place's log-odds: a tenth of every tag there, a twentieth among the 45 photos learnt from.</summary>
public sealed class PlacePriorTests
{
    private const string Head = "linear-txt-prior";
    private static readonly double Added = 0.5 * (Math.Log(0.1 / 0.9) - LogOdds(((0.05 * 45) + 0.5) / 46));

    [Theory]
    [InlineData("lat", "53.3933", "lon", "-2.0650")]
    [InlineData("gridReference", "J 33 74", null, null)]
    public async Task Place_AddsItsLogOddsToEveryTag_InIrelandToo(string name, string value, string? second, string? secondValue)
    {
        await using var application = new GeoTagApplication { WithPlacePrior = true };
        using var client = await application.ReadyClientAsync();
        List<(string, string)> place = [(name, value)];
        if (second is not null)
        {
            place.Add((second, secondValue!));
        }

        var without = await TagAsync(client, ("title", "A canal"), ("head", Head));
        var with = await TagAsync(client, [("title", "A canal"), ("head", Head), ("explain", "all"), .. place]);

        Assert.Equal(TagCatalog.Count, Moved(without, with).Count());
        Assert.All(Moved(without, with), moved => Assert.Equal(Added, moved, 1e-3));
        Assert.Equal(["title", "location"], Parts(with));
        Assert.Equal(["title"], Parts(without));
        Assert.Empty(with.GetProperty("warnings").EnumerateArray());
        foreach (var explanation in with.GetProperty("explanations").EnumerateObject().Select(tag => tag.Value))
        {
            Assert.Equal(Added, explanation.GetProperty("location").GetDouble(), 1e-4);
            Assert.Equal(
                explanation.GetProperty("logit").GetDouble(),
                explanation.GetProperty("bias").GetDouble()
                    + explanation.GetProperty("title").GetDouble()
                    + explanation.GetProperty("location").GetDouble(),
                1e-4
            );
        }
    }

    [Fact]
    public async Task PlaceFarFromWhatWasLearnt_AddsNothing()
    {
        await using var application = new GeoTagApplication { WithPlacePrior = true };
        using var client = await application.ReadyClientAsync();

        var without = await TagAsync(client, ("title", "A canal"), ("head", Head));
        var shetland = await TagAsync(client, ("title", "A canal"), ("head", Head), ("lat", "60.15"), ("lon", "-1.15"));

        Assert.Equal(without.GetProperty("probabilities").GetRawText(), shetland.GetProperty("probabilities").GetRawText());
        Assert.Equal(["title"], Parts(shetland));
    }

    [Fact]
    public async Task HeadWithPrior_IsChosenWhereItsPlaceIsKnownAndNowhereElse()
    {
        await using var application = new GeoTagApplication { WithPlacePrior = true };
        using var client = await application.ReadyClientAsync();

        Assert.Equal(Head, NameOf(await TagAsync(client, ("title", "A canal"), ("lat", "53.3933"), ("lon", "-2.0650"))));
        Assert.Equal("linear-txt", NameOf(await TagAsync(client, ("title", "A canal"))));
        Assert.Equal("linear-txt", NameOf(await TagAsync(client, ("title", "A canal"), ("lat", "60.15"), ("lon", "-1.15"))));
    }

    [Fact]
    public async Task StoredEmbeddings_GiveTheSameAnswer()
    {
        await using var application = new GeoTagApplication { WithPlacePrior = true };
        using var client = await application.ReadyClientAsync();
        using var embedded = await client.PostAsync(
            "/v1/embeddings",
            Requests.Form(null, ("title", "A canal")),
            TestContext.Current.CancellationToken
        );
        var title = (await embedded.JsonAsync()).GetProperty("title").GetRawText();
        var item = $"{{\"title\":{title},\"gridReference\":\"SJ 96 88\",\"head\":\"{Head}\"}}";

        var direct = await TagAsync(client, ("title", "A canal"), ("gridReference", "SJ 96 88"), ("head", Head));
        using var one = await client.PostAsync("/v1/tags/from-embeddings", Requests.Json(item), TestContext.Current.CancellationToken);
        using var many = await client.PostAsync(
            "/v1/tags/from-embeddings",
            Requests.Json($"{{\"items\":[{item},{item}]}}"),
            TestContext.Current.CancellationToken
        );

        var expected = direct.GetProperty("probabilities").GetRawText();
        Assert.Equal(expected, (await one.JsonAsync()).GetProperty("probabilities").GetRawText());
        Assert.All(
            (await many.JsonAsync()).GetProperty("items").EnumerateArray(),
            line => Assert.Equal(expected, line.GetProperty("result").GetProperty("probabilities").GetRawText())
        );
    }

    private static async Task<JsonElement> TagAsync(HttpClient client, params (string Name, string Value)[] fields)
    {
        using var answer = await client.PostAsync("/v1/tags", Requests.Form(null, fields), TestContext.Current.CancellationToken);
        return await answer.JsonAsync();
    }

    private static IEnumerable<double> Moved(JsonElement without, JsonElement with) =>
        with.GetProperty("probabilities")
            .EnumerateObject()
            .Select(tag =>
                LogOdds(tag.Value.GetDouble()) - LogOdds(without.GetProperty("probabilities").GetProperty(tag.Name).GetDouble())
            );

    private static IEnumerable<string?> Parts(JsonElement answer) =>
        answer.GetProperty("modalities").EnumerateArray().Select(part => part.GetString());

    private static string? NameOf(JsonElement answer) => answer.GetProperty("head").GetProperty("name").GetString();

    private static double LogOdds(double share) => Math.Log(share / (1 - share));
}
