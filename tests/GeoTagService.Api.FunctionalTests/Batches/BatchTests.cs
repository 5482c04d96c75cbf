using System.Net;
using System.Text;
using System.Text.Json;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Batches;

public sealed class BatchTests
{
    private static readonly byte[] Photo = TestImages.Jpeg(64, 48);

    [Fact]
    public async Task Lines_AreAnsweredInOrderWithErrorsInTheirPlaceAndTotals()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        var lines = Enumerable
            .Range(0, 100)
            .Select(i => i % 10 == 3 ? Requests.Line($"id{i}", image: "no photo"u8.ToArray()) : Requests.Line($"id{i}", $"Canal {i}"))
            .ToArray();

        var answers = await PostAsync(client, Requests.NdJson(lines));

        Assert.Equal(101, answers.Count);
        Assert.All(
            answers.Take(100).Index(),
            answer =>
            {
                Assert.Equal(answer.Index, answer.Item.GetProperty("index").GetInt64());
                Assert.Equal($"id{answer.Index}", answer.Item.GetProperty("id").GetString());
                if (answer.Index % 10 == 3)
                {
                    var error = answer.Item.GetProperty("error");
                    Assert.Equal("unsupported-media", error.GetProperty("code").GetString());
                    Assert.Equal("image", error.GetProperty("field").GetString());
                    Assert.False(answer.Item.TryGetProperty("result", out _));
                }
                else
                {
                    Assert.Equal(49, answer.Item.GetProperty("result").GetProperty("probabilities").EnumerateObject().Count());
                }
            }
        );
        AssertTotals(answers[^1], items: 100, failed: 10);
    }

    [Theory]
    [InlineData("{\"title\":", "malformed", "title")]
    [InlineData("[1]", "malformed", null)]
    [InlineData("{\"title\":\"x\",\"lat\":91,\"lon\":0}", "invalid-value", "lat")]
    [InlineData("{\"title\":\"x\",\"lat\":\"north\"}", "malformed", "lat")]
    [InlineData("{\"title\":\"x\",\"threshold\":1.5}", "invalid-value", "threshold")]
    [InlineData("{\"image\":\"***\"}", "malformed", "image")]
    [InlineData("{\"image\":\"\"}", "invalid-image", "image")]
    [InlineData("{}", "missing-input", "image")]
    [InlineData("{\"title\":\"x\",\"head\":\"cnn\"}", "invalid-value", "head")]
    public async Task BadLine_FailsAlone(string line, string code, string? field)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        var answers = await PostAsync(client, Requests.NdJson(Requests.Line("a", "Canal"), line, Requests.Line("b", "Lock")));

        Assert.True(answers[0].TryGetProperty("result", out _));
        var error = answers[1].GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(field, error.TryGetProperty("field", out var name) ? name.GetString() : null);
        Assert.True(answers[2].TryGetProperty("result", out _));
        AssertTotals(answers[3], items: 3, failed: 1);
    }

    [Fact]
    public async Task IdThatIsANumber_ComesBackAsItWasWritten()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        var answers = await PostAsync(
            client,
            Requests.NdJson("{\"id\":9007199254740993,\"title\":\"Canal\"}", "{\"id\":[1],\"title\":\"Canal\"}")
        );

        Assert.Equal("9007199254740993", answers[0].GetProperty("id").GetString());
        Assert.Equal("id", answers[1].GetProperty("error").GetProperty("field").GetString());
    }

    [Fact]
    public async Task LineOverTheLimit_FailsAlone()
    {
        await using var application = new GeoTagApplication(("GeoTag:MaxImageBytes", "300000"));
        using var client = await application.ReadyClientAsync();

        var answers = await PostAsync(
            client,
            Requests.NdJson(
                Requests.Line("a", "Canal"),
                Requests.Line("b", image: new byte[400_000]),
                Requests.Line("c", image: new byte[2_000_000]),
                Requests.Line(
                    "l",
                    "Canal",
                    more: string.Join(',', Enumerable.Range(0, 200).Select(i => $"\"note{i}\":\"{new string('x', 2_000)}\""))
                ),
                Requests.Line("d", "Lock")
            )
        );

        Assert.True(answers[0].TryGetProperty("result", out _));
        Assert.Equal("image-too-large", answers[1].GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("image-too-large", answers[2].GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(300_000, answers[2].GetProperty("error").GetProperty("limit").GetInt64());
        Assert.Equal("line-too-long", answers[3].GetProperty("error").GetProperty("code").GetString());
        Assert.True(answers[4].TryGetProperty("result", out _));
        AssertTotals(answers[5], items: 5, failed: 3);
    }

    [Fact]
    public async Task PhotoInALine_GetsWhatItGetsAlone()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var alone = await client.PostAsync(
            "/v1/tags",
            Requests.Form(Photo, ("title", "Canal")),
            TestContext.Current.CancellationToken
        );

        var answers = await PostAsync(client, Requests.NdJson(Requests.Line("a", "Canal", Photo)));

        Assert.Equal(
            (await alone.JsonAsync()).GetProperty("probabilities").GetRawText(),
            answers[0].GetProperty("result").GetProperty("probabilities").GetRawText()
        );
    }

    [Fact]
    public async Task OptionsOfTheQuery_HoldForItemsWithoutTheirOwn()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        var answers = await PostAsync(
            client,
            Requests.NdJson(Requests.Line("a", "Canal"), Requests.Line("b", "Canal", more: "\"threshold\":0.9")),
            "?threshold=0.2&explain=true"
        );

        Assert.Equal(0.2f, Threshold(answers[0]));
        Assert.Equal(0.9f, Threshold(answers[1]));
        Assert.True(answers[1].GetProperty("result").TryGetProperty("explanations", out _));

        static float Threshold(JsonElement line) => line.GetProperty("result").GetProperty("decision").GetProperty("threshold").GetSingle();
    }

    [Fact]
    public async Task Parts_PairItemsWithTheirPhotos()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var form = new MultipartFormDataContent
        {
            { Requests.Json("{\"id\":\"titled\",\"title\":\"Canal\"}"), "item" },
            { Requests.Photo(Photo), "image", "one.jpg" },
            { Requests.Photo(Photo), "image", "two.jpg" },
            { Requests.Json("{\"id\":\"alone\",\"title\":\"Canal\"}"), "item" },
            { Requests.Json("{\"id\":\"bad\",\"lat\":\"x\"}"), "item" },
            { Requests.Photo("no photo"u8.ToArray()), "image", "three.jpg" },
            { Requests.Json("{\"id\":\"last\",\"title\":\"Canal\"}"), "item" },
        };

        var answers = await PostAsync(client, form);

        Assert.Equal(
            ["titled:linear-img-txt", "two.jpg:linear-img", "alone:linear-txt", ":malformed", "last:linear-txt"],
            answers
                .SkipLast(1)
                .Select(line =>
                    (line.TryGetProperty("id", out var id) ? id.GetString() : "")
                    + ":"
                    + (
                        line.TryGetProperty("result", out var result)
                            ? result.GetProperty("head").GetProperty("name").GetString()
                            : line.GetProperty("error").GetProperty("code").GetString()
                    )
                )
        );
        AssertTotals(answers[^1], items: 5, failed: 1);
    }

    [Fact]
    public async Task PartsThatBreakOff_SayWhereAndThatTheyAreNotComplete()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var body = new ByteArrayContent(
            Encoding.UTF8.GetBytes(
                "--b\r\nContent-Disposition: form-data; name=\"item\"\r\n\r\n{\"title\":\"Canal\"}\r\n"
                    + "--b\r\nContent-Disposition: form-data; name=\"item\"\r\n\r\n{\"tit"
            )
        );
        body.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");

        var answers = await PostAsync(client, body);

        Assert.Equal("malformed", answers[^2].GetProperty("error").GetProperty("code").GetString());
        Assert.False(answers[^1].GetProperty("totals").GetProperty("complete").GetBoolean());
    }

    [Theory]
    [InlineData("application/json", "unsupported-content-type", 415)]
    [InlineData("multipart/form-data", "unsupported-content-type", 415)]
    public async Task OtherBodies_AreRefused(string type, string code, int status)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var body = new ByteArrayContent("{}"u8.ToArray());
        body.Headers.TryAddWithoutValidation("Content-Type", type);

        using var answer = await client.PostAsync("/v1/tags/batch", body, TestContext.Current.CancellationToken);

        await answer.ProblemAsync(status, code, "Content-Type");
    }

    [Fact]
    public async Task UnknownOption_IsRefused()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync("/v1/tags/batch?treshold=0.2", Requests.NdJson(), TestContext.Current.CancellationToken);

        await answer.ProblemAsync(400, "malformed", "treshold");
    }

    [Fact]
    public async Task FullLane_MakesTheBatchWaitInsteadOfFailingItems()
    {
        await using var application = new GeoTagApplication(("GeoTag:Batching:QueueCapacity", "2"), ("GeoTag:Batching:MaxBatchSize", "1"));
        using var client = await application.ReadyClientAsync();

        var answers = await PostAsync(
            client,
            Requests.NdJson([.. Enumerable.Range(0, 60).Select(i => Requests.Line($"{i}", $"Canal {i}"))])
        );

        AssertTotals(answers[^1], items: 60, failed: 0);
    }

    internal static void AssertTotals(JsonElement end, long items, long failed)
    {
        var totals = end.GetProperty("totals");
        Assert.Equal(items, totals.GetProperty("items").GetInt64());
        Assert.Equal(failed, totals.GetProperty("failed").GetInt64());
        Assert.Equal(items - failed, totals.GetProperty("tagged").GetInt64());
        Assert.True(totals.GetProperty("complete").GetBoolean());
    }

    private static async Task<List<JsonElement>> PostAsync(HttpClient client, HttpContent body, string query = "")
    {
        using var answer = await client.PostAsync($"/v1/tags/batch{query}", body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType?.MediaType);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.Clone())];
    }
}
