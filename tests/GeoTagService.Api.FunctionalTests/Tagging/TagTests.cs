using System.Net;
using System.Text.Json;
using GeoTagService.Api.Uploads;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace GeoTagService.Api.FunctionalTests.Tagging;

public sealed class TagTests
{
    private static readonly byte[] Photo = TestImages.Jpeg();

    [Fact]
    public async Task PhotoTitleAndPlace_GiveTheWholeResponse()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync(
            "/v1/tags",
            Requests.Form(Photo, ("title", "Canal lock"), ("lat", "53.3966"), ("lon", "-2.0589")),
            TestContext.Current.CancellationToken
        );

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var json = await answer.JsonAsync();
        Assert.Equal(
            ["tags", "probabilities", "decision", "modalities", "head", "location", "model", "warnings"],
            json.EnumerateObject().Select(property => property.Name)
        );
        Assert.Equal(
            TagCatalog.Tags.Select(tag => tag.Id),
            json.GetProperty("probabilities").EnumerateObject().Select(property => property.Name)
        );
        Assert.Equal("mlp-img-txt-loc", json.GetProperty("head").GetProperty("name").GetString());
        Assert.Equal(["image", "title", "location"], json.GetProperty("modalities").EnumerateArray().Select(part => part.GetString()));
        var location = json.GetProperty("location");
        Assert.Equal(53.3966, location.GetProperty("lat").GetDouble());
        Assert.Equal("coordinates", location.GetProperty("source").GetString());
        Assert.True(location.GetProperty("inTrainedArea").GetBoolean());
        var model = json.GetProperty("model");
        Assert.Equal("demonstration", model.GetProperty("purpose").GetString());
        Assert.Contains(InstallationCommand.Text, model.GetProperty("notice").GetString(), StringComparison.Ordinal);
        Assert.Equal(0.5, json.GetProperty("decision").GetProperty("threshold").GetDouble());
    }

    [Fact]
    public async Task ChosenTags_AreThoseAboveTheThresholdByProbability()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync("/v1/tags?threshold=0.3", Requests.Photo(Photo), TestContext.Current.CancellationToken);

        var json = await answer.JsonAsync();
        var expected = json.GetProperty("probabilities")
            .EnumerateObject()
            .Where(property => property.Value.GetSingle() > 0.3f)
            .OrderByDescending(property => property.Value.GetSingle())
            .Select(property => property.Name);
        Assert.Equal(expected, json.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("id").GetString()));
        Assert.Equal(0.3f, json.GetProperty("decision").GetProperty("threshold").GetSingle());
    }

    [Fact]
    public async Task EveryFormOfBody_GivesTheSameProbabilities()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        HttpContent[] bodies =
        [
            Requests.Form(Photo, ("title", "Caf\u00e9 by the canal")),
            Requests.Json(Requests.Line("a", "Caf\u00e9 by the canal", Photo)),
        ];
        using var raw = await client.PostAsync(
            "/v1/tags?title=Caf%C3%A9+by%20the+canal",
            Requests.Photo(Photo),
            TestContext.Current.CancellationToken
        );
        var expected = (await raw.JsonAsync()).GetProperty("probabilities").GetRawText();

        foreach (var body in bodies)
        {
            using var answer = await client.PostAsync("/v1/tags", body, TestContext.Current.CancellationToken);
            Assert.Equal(expected, (await answer.JsonAsync()).GetProperty("probabilities").GetRawText());
        }
    }

    [Fact]
    public async Task TitleAlone_WorksAsFormAsQueryAndAsUrlEncoded()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        (string Query, HttpContent? Body)[] forms =
        [
            ("", Requests.Form(null, ("title", "Canal"))),
            ("?title=Canal", null),
            ("", new FormUrlEncodedContent([new("title", "Canal")])),
        ];

        foreach (var (query, body) in forms)
        {
            using var answer = await client.PostAsync($"/v1/tags{query}", body, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var json = await answer.JsonAsync();
            Assert.Equal("linear-txt", json.GetProperty("head").GetProperty("name").GetString());
            Assert.Equal(JsonValueKind.Null, json.GetProperty("location").ValueKind);
        }
    }

    [Theory]
    [InlineData("true", false)]
    [InlineData("all", true)]
    public async Task Explain_SplitsTheLogitsThatWereAskedFor(string explain, bool every)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync(
            $"/v1/tags?head=linear-img&explain={explain}",
            Requests.Photo(Photo),
            TestContext.Current.CancellationToken
        );

        var json = await answer.JsonAsync();
        var explanations = json.GetProperty("explanations").EnumerateObject().ToList();
        Assert.Equal(every ? TagCatalog.Count : json.GetProperty("tags").GetArrayLength(), explanations.Count);
        Assert.All(
            explanations,
            explanation =>
            {
                var why = explanation.Value;
                Assert.Equal("exact", why.GetProperty("method").GetString());
                Assert.Equal(
                    why.GetProperty("logit").GetSingle(),
                    why.GetProperty("bias").GetSingle() + why.GetProperty("image").GetSingle(),
                    1e-4f
                );
            }
        );
    }

    [Fact]
    public async Task ExifPosition_IsThePlaceAndSaysSo()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        var photo = TestImages.WithExif(Photo, position: (53.3966, -2.0589));

        using var answer = await client.PostAsync("/v1/tags", Requests.Photo(photo), TestContext.Current.CancellationToken);

        var location = (await answer.JsonAsync()).GetProperty("location");
        Assert.Equal("exif", location.GetProperty("source").GetString());
        Assert.Equal(53.3966, location.GetProperty("lat").GetDouble(), 1e-4);
    }

    [Fact]
    public async Task ServerTiming_NamesTheStages()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync(
            "/v1/tags",
            Requests.Form(Photo, ("title", "Canal")),
            TestContext.Current.CancellationToken
        );

        var timing = Assert.Single(answer.Headers.GetValues("Server-Timing"));
        Assert.Contains("decode;dur=", timing, StringComparison.Ordinal);
        Assert.Contains("encode;dur=", timing, StringComparison.Ordinal);
        Assert.Contains("total;dur=", timing, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("NaN")]
    [InlineData("100000")]
    public async Task RequestTimeoutThatIsNone_IsMalformed(string timeout)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tags") { Content = Requests.Form(Photo) };
        request.Headers.Add("X-Request-Timeout", timeout);

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        await answer.ProblemAsync(400, "malformed", "X-Request-Timeout");
    }

    [Fact]
    public async Task RequestTimeoutThatPasses_IsTheClientsOwnDeadline()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var held = new ManualResetEventSlim();
        application.Encoder.OnRun = _ => held.Wait(TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tags") { Content = Requests.Form(Photo) };
        request.Headers.Add("X-Request-Timeout", "50ms");

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        held.Set();

        await answer.ProblemAsync(408, "deadline-exceeded", "X-Request-Timeout");
        Assert.True(answer.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task FullQueue_IsOverloadedWithRetryAfterAndRecovers()
    {
        await using var application = new GeoTagApplication(("GeoTag:Batching:QueueCapacity", "1"), ("GeoTag:Batching:MaxBatchSize", "1"));
        using var client = await application.ReadyClientAsync();
        using var held = new ManualResetEventSlim();
        application.Encoder.OnRun = _ => held.Wait(TestContext.Current.CancellationToken);

        var calls = Enumerable
            .Range(0, 8)
            .Select(i => client.PostAsync($"/v1/tags?title=Canal{i}", null, TestContext.Current.CancellationToken))
            .ToList();
        var first = await await Task.WhenAny(calls);
        held.Set();
        var answers = await Task.WhenAll(calls);

        await first.ProblemAsync(503, "overloaded", null);
        Assert.NotNull(first.Headers.RetryAfter?.Delta);
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        using var next = await client.PostAsync("/v1/tags?title=Lock", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task ManyAtOnce_GiveEachPhotoWhatItGetsAlone()
    {
        await using var application = new GeoTagApplication(("GeoTag:Batching:MaxBatchSize", "16"), ("GeoTag:Cache:Enabled", "false"));
        using var client = await application.ReadyClientAsync();
        var photos = Enumerable.Range(0, 20).Select(seed => TestImages.Jpeg(64, 48, seed)).ToList();
        var alone = new List<string>();
        foreach (var photo in photos)
        {
            alone.Add(await ProbabilitiesAsync(client, photo));
        }

        var runs = application.Encoder.ImageBatches.Count;
        // The first run waits until many requests are there, so that the next ones are of several photos.
        var uploads = application.Services.GetRequiredService<UploadBudget>();
        using var many = new ManualResetEventSlim();
        application.Encoder.OnRun = _ => many.Wait(TestContext.Current.CancellationToken);

        var calls = Enumerable.Range(0, 200).Select(i => ProbabilitiesAsync(client, photos[i % photos.Count])).ToList();
        await Eventually.TrueAsync(() => uploads.TakenBytes >= 100 * UploadBudget.Step);
        many.Set();
        var together = await Task.WhenAll(calls);

        Assert.All(together.Index(), answer => Assert.Equal(alone[answer.Index % photos.Count], answer.Item));
        Assert.Contains(application.Encoder.ImageBatches.Skip(runs), size => size > 1);
    }

    private static async Task<string> ProbabilitiesAsync(HttpClient client, byte[] photo)
    {
        using var answer = await client.PostAsync("/v1/tags", Requests.Photo(photo), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.JsonAsync()).GetProperty("probabilities").GetRawText();
    }
}
