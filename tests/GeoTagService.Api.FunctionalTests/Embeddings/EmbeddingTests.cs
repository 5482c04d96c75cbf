using System.Net;
using System.Text.Json;
using GeoTagService.Api.FunctionalTests.Batches;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Embeddings;

public sealed class EmbeddingTests
{
    private static readonly byte[] Photo = TestImages.Jpeg(64, 48);

    [Fact]
    public async Task NumbersAndBase64_AreTheSameVector()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        var numbers = await EmbedAsync(client, "?encoding=numbers");
        var base64 = await EmbedAsync(client, "?encoding=base64");

        var bytes = Convert.FromBase64String(base64.GetProperty("image").GetString()!);
        Assert.Equal(
            numbers.GetProperty("image").EnumerateArray().Select(value => value.GetSingle()),
            Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToSingle(bytes, i * 4))
        );
        Assert.Equal(application.Encoder.Geometry.EmbeddingDimension, numbers.GetProperty("dimension").GetInt32());
        Assert.False(numbers.GetProperty("normalized").GetBoolean());
    }

    [Fact]
    public async Task Normalize_GivesVectorsOfLengthOne()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        var json = await EmbedAsync(client, "?normalize=true");

        foreach (var part in new[] { "image", "title" })
        {
            var squares = json.GetProperty(part).EnumerateArray().Sum(value => value.GetSingle() * value.GetSingle());
            Assert.Equal(1f, squares, 1e-5f);
        }

        Assert.True(json.GetProperty("normalized").GetBoolean());
    }

    [Fact]
    public async Task PartThatWasNotSent_IsNull()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync("/v1/embeddings?title=Canal", null, TestContext.Current.CancellationToken);

        var json = await answer.JsonAsync();
        Assert.Equal(JsonValueKind.Null, json.GetProperty("image").ValueKind);
        Assert.Equal(JsonValueKind.Array, json.GetProperty("title").ValueKind);
    }

    [Theory]
    [InlineData("?encoding=hex", 422, "invalid-value", "encoding")]
    [InlineData("?normalize=perhaps", 400, "malformed", "normalize")]
    public async Task BadOption_HasItsOwnProblem(string query, int status, string code, string field)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync($"/v1/embeddings{query}", Requests.Photo(Photo), TestContext.Current.CancellationToken);

        await answer.ProblemAsync(status, code, field);
    }

    [Theory]
    [InlineData("numbers")]
    [InlineData("base64")]
    public async Task StoredEmbeddings_GiveWhatThePhotoGives(string encoding)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var direct = await client.PostAsync(
            "/v1/tags",
            Requests.Form(Photo, ("title", "Canal"), ("gridReference", "SJ 96 88")),
            TestContext.Current.CancellationToken
        );
        var expected = (await direct.JsonAsync()).GetProperty("probabilities").GetRawText();
        var stored = await EmbedAsync(client, $"?encoding={encoding}");
        var item =
            $"{{\"id\":\"a\",\"image\":{stored.GetProperty("image").GetRawText()},\"title\":{stored.GetProperty("title").GetRawText()},\"gridReference\":\"SJ 96 88\"}}";

        using var one = await client.PostAsync("/v1/tags/from-embeddings", Requests.Json(item), TestContext.Current.CancellationToken);
        using var many = await client.PostAsync(
            "/v1/tags/from-embeddings",
            Requests.Json($"{{\"items\":[{item},{item}]}}"),
            TestContext.Current.CancellationToken
        );
        using var lines = await client.PostAsync(
            "/v1/tags/from-embeddings",
            Requests.NdJson(item, item),
            TestContext.Current.CancellationToken
        );

        Assert.Equal(expected, (await one.JsonAsync()).GetProperty("probabilities").GetRawText());
        var answers = await many.JsonAsync();
        Assert.All(
            answers.GetProperty("items").EnumerateArray(),
            line => Assert.Equal(expected, line.GetProperty("result").GetProperty("probabilities").GetRawText())
        );
        BatchTests.AssertTotals(answers, items: 2, failed: 0);
        var text = await lines.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("{}", 422, "missing-input", "image")]
    [InlineData("{\"image\":[1,2,3]}", 422, "invalid-value", "image")]
    [InlineData("{\"image\":\"AAA=\"}", 400, "malformed", "image")]
    [InlineData("{\"image\":[1,\"x\"]}", 400, "malformed", "image")]
    [InlineData("{\"items\":[]}", 422, "missing-input", "items")]
    [InlineData("{\"items\":[{},{},{},{}]}", 413, "too-many-items", "items")]
    [InlineData("{\"items\":", 400, "malformed", "items")]
    public async Task BadBody_HasItsOwnProblem(string json, int status, string code, string? field)
    {
        await using var application = new GeoTagApplication(("GeoTag:Http:MaxItemsPerJsonBody", "3"));
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync("/v1/tags/from-embeddings", Requests.Json(json), TestContext.Current.CancellationToken);

        await answer.ProblemAsync(status, code, field);
    }

    [Theory]
    [InlineData("?normalize=true", true)]
    [InlineData("", false)]
    public async Task NormalizedEmbeddings_AreWarnedOf(string query, bool warned)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        var stored = await EmbedAsync(client, query);

        using var answer = await client.PostAsync(
            "/v1/tags/from-embeddings",
            Requests.Json($"{{\"title\":{stored.GetProperty("title").GetRawText()}}}"),
            TestContext.Current.CancellationToken
        );

        var warnings = (await answer.JsonAsync())
            .GetProperty("warnings")
            .EnumerateArray()
            .Select(warning => warning.GetProperty("code").GetString());
        Assert.Equal(warned, warnings.Contains("embedding-normalized"));
    }

    private static async Task<JsonElement> EmbedAsync(HttpClient client, string query)
    {
        using var answer = await client.PostAsync(
            $"/v1/embeddings{query}",
            Requests.Form(Photo, ("title", "Canal")),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.JsonAsync();
    }
}
