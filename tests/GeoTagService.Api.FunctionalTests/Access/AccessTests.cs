using System.Net;
using System.Security.Cryptography;
using Serilog.Events;

namespace GeoTagService.Api.FunctionalTests.Access;

public sealed class AccessTests
{
    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    [InlineData("first", HttpStatusCode.OK)]
    [InlineData("second", HttpStatusCode.OK)]
    public async Task ConfiguredKeys_AreAskedFor(string? key, HttpStatusCode expected)
    {
        await using var application = new GeoTagApplication(("GeoTag:ApiKeys:0", "first"), ("GeoTag:ApiKeys:1", "second"));
        using var client = await application.ReadyClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/tags");
        if (key is not null)
        {
            request.Headers.Add("X-Api-Key", key);
        }

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, answer.StatusCode);
        if (expected == HttpStatusCode.Unauthorized)
        {
            var problem = await answer.ProblemAsync(401, "api-key-required", "X-Api-Key");
            Assert.Contains("Authorization: Bearer", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("X-Api-Key", "s3cret", HttpStatusCode.OK)]
    [InlineData("Authorization", "Bearer s3cret", HttpStatusCode.OK)]
    [InlineData("Authorization", "bearer s3cret", HttpStatusCode.OK)]
    [InlineData("Authorization", "Bearer wrong", HttpStatusCode.Unauthorized)]
    [InlineData("Authorization", "Basic s3cret", HttpStatusCode.Unauthorized)]
    [InlineData("X-Api-Key", "sha256:1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0", HttpStatusCode.Unauthorized)]
    public async Task KeyGivenByItsDigest_IsTakenInEitherHeader(string header, string value, HttpStatusCode expected)
    {
        var digest = Convert.ToHexString(SHA256.HashData("s3cret"u8));
        await using var application = new GeoTagApplication(
            ("GeoTag:ApiKeys:0", $"curators sha256:{digest}"),
            ("GeoTag:ApiKeys:1", "other")
        );
        using var client = await application.ReadyClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/model");
        request.Headers.TryAddWithoutValidation(header, value);

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, answer.StatusCode);
        if (expected == HttpStatusCode.OK)
        {
            // Written when the answer is on its way already.
            await Eventually.TrueAsync(() =>
                application.Log.Events.Any(line => line.Properties.TryGetValue("ApiKey", out var name) && name.ToString() == "\"curators\"")
            );
            Assert.DoesNotContain(application.Log.Lines(LogEventLevel.Verbose), line => line.Contains("s3cret", StringComparison.Ordinal));
        }
        else
        {
            Assert.Contains(answer.Headers.WwwAuthenticate, scheme => scheme.Scheme == "Bearer");
        }
    }

    [Fact]
    public async Task KeysOfAFile_AreReadAgainWhenItChanges()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "# ours\n\none first\n", TestContext.Current.CancellationToken);
        await using var application = new GeoTagApplication(("GeoTag:ApiKeyFile", file), ("GeoTag:RateLimit:WrongKeysPerMinute", "0"));
        using var client = await application.ReadyClientAsync();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (await AskAsync(client, "first"), await AskAsync(client, "second")));
        await File.WriteAllTextAsync(file, "two second\n", TestContext.Current.CancellationToken);
        // It is looked at every few seconds.
        await Eventually.TrueAsync(async () => await AskAsync(client, "second") == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(client, "first"));
        File.Delete(file);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(client, "second"));
    }

    [Theory]
    [InlineData("GeoTag:ApiKeys:0", "a b c", "key 1 is neither a key nor a name and a key")]
    [InlineData("GeoTag:ApiKeys:0", "name sha256:12", "without the 64 hexadecimal digits")]
    [InlineData("GeoTag:ApiKeys:0", "na/me hunter2", "the name of key 1")]
    [InlineData("GeoTag:ApiKeyFile", "/no/such/hunter2", "GeoTag:ApiKeyFile: ")]
    [InlineData("GeoTag:OpenWithoutKey", "health everything", "'everything' is none of health, page, documentation, metrics, catalogue")]
    [InlineData("GeoTag:Http:CorsOrigins:0", "https://*.example.org", "holds what is no origin")]
    [InlineData("GeoTag:Http:CorsOrigins:0", "https://example.org/page", "holds what is no origin")]
    [InlineData("GeoTag:Listen:Metrics", "9090", "an address is http://HOST:PORT")]
    [InlineData("GeoTag:Listen:Http2", "127.0.0.1:5394", "an address is http://HOST:PORT")]
    public async Task UnusableSettings_StopTheStartAndTellNoKey(string setting, string value, string told)
    {
        await using var application = new GeoTagApplication((setting, value));
        Assert.ThrowsAny<Exception>(() => application.CreateClient());
        // The program's own thread says it, in its own time.
        await Eventually.TrueAsync(() => application.Log.Lines(LogEventLevel.Warning).Count > 0);

        var line = Assert.Single(application.Log.Lines(LogEventLevel.Warning));
        Assert.Contains(told, line, StringComparison.Ordinal);
        Assert.True(setting == "GeoTag:ApiKeyFile" || !line.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Guessing_IsLimitedAndLocksNobodyOutWhoWasThereBefore()
    {
        await using var application = new GeoTagApplication(
            ("GeoTag:ApiKeys:0", "first"),
            ("GeoTag:ApiKeys:1", "second"),
            ("GeoTag:RateLimit:WrongKeysPerMinute", "1")
        );
        using var client = await application.ReadyClientAsync();
        Assert.Equal(HttpStatusCode.OK, await AskAsync(client, "first"));

        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 3; i++)
        {
            answers.Add(await AskAsync(client, $"guess {i}"));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, answers[0]);
        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1]);
        // Parts of a permit have come back by then, and are none. Half a second, because the limiter looks ten times a second.
        await Task.Delay(TimeSpan.FromSeconds(0.5), TestContext.Current.CancellationToken);
        // The right guess looks like a wrong one now, and who was known goes on.
        Assert.Equal(
            (HttpStatusCode.TooManyRequests, HttpStatusCode.OK),
            (await AskAsync(client, "second"), await AskAsync(client, "first"))
        );
        using var refused = await client.SendAsync(WithKey("guess"), TestContext.Current.CancellationToken);
        await refused.ProblemAsync(429, "too-many-wrong-keys", "X-Api-Key");
        Assert.NotNull(refused.Headers.RetryAfter?.Delta);
        using var keyless = await client.GetAsync("/v1/model", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, keyless.StatusCode);
    }

    [Theory]
    [InlineData("", "/", 401)]
    [InlineData("", "/swagger/index.html", 401)]
    [InlineData("", "/metrics", 401)]
    [InlineData("", "/health/ready", 401)]
    [InlineData("health", "/health/ready", 200)]
    [InlineData("health", "/metrics", 401)]
    [InlineData("health catalogue", "/v1/model", 200)]
    [InlineData("health catalogue", "/V1/Tags", 200)]
    [InlineData("health catalogue", "/v1/tags/batch", 401)]
    [InlineData("health", "/v1/model", 401)]
    [InlineData("health", "/V1/Model", 401)]
    [InlineData("health", "//v1/model", 401)]
    [InlineData("page health", "//v1/model", 404)]
    [InlineData("page health", "/v1/nothing", 401)]
    public async Task WhatIsOpenWithoutAKey_IsWhatTheSettingSays(string open, string path, int status)
    {
        await using var application = new GeoTagApplication(("GeoTag:ApiKeys:0", "first"), ("GeoTag:OpenWithoutKey", open));
        using var client = application.CreateClient();

        using var answer = await client.GetAsync(new Uri(client.BaseAddress!, path), TestContext.Current.CancellationToken);

        Assert.True(
            status == (int)answer.StatusCode
                || (status == 200 && path == "/health/ready" && answer.StatusCode == HttpStatusCode.ServiceUnavailable),
            $"{answer.StatusCode}"
        );
    }

    [Fact]
    public async Task RateLimitHeaders_SayWhatIsLeft()
    {
        await using var application = new GeoTagApplication(("GeoTag:RateLimit:RequestsPerSecond", "2"), ("GeoTag:RateLimit:Burst", "10"));
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync("/v1/model", TestContext.Current.CancellationToken);

        Assert.Equal(["\"client\";q=10;w=5"], answer.Headers.GetValues("RateLimit-Policy"));
        Assert.Matches("^\"client\";r=9;t=1$", Assert.Single(answer.Headers.GetValues("RateLimit")));
    }

    [Theory]
    [InlineData("https://maps.example.org", true)]
    [InlineData("https://other.example.org", false)]
    public async Task NamedOrigins_MayAskFromBrowsers(string origin, bool allowed)
    {
        await using var application = new GeoTagApplication(
            ("GeoTag:Http:CorsOrigins:0", "https://maps.example.org"),
            ("GeoTag:ApiKeys:0", "first")
        );
        using var client = await application.ReadyClientAsync();
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/tags");
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "x-api-key,content-type");
        using var asked = WithKey("first");
        asked.Headers.Add("Origin", origin);

        using var before = await client.SendAsync(preflight, TestContext.Current.CancellationToken);
        using var answer = await client.SendAsync(asked, TestContext.Current.CancellationToken);

        foreach (var response in new[] { before, answer })
        {
            Assert.Equal(
                allowed,
                response.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins) && origins.Single() == origin
            );
        }

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("Origin", answer.Headers.Vary);
        Assert.Equal(
            allowed,
            answer.Headers.TryGetValues("Access-Control-Expose-Headers", out var exposed)
                && exposed.Single().Contains("Retry-After", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task WithoutTheSetting_NoOtherOriginMayAsk()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/model");
        request.Headers.Add("Origin", "https://maps.example.org");

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    private static HttpRequestMessage WithKey(string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/v1/model");
        request.Headers.Add("X-Api-Key", key);
        return request;
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient client, string key)
    {
        using var request = WithKey(key);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/swagger/v1/swagger.json")]
    public async Task ProbesMetricsAndDocument_NeedNoKeyAndHaveNoLimit(string path)
    {
        await using var application = new GeoTagApplication(
            ("GeoTag:ApiKeys:0", "first"),
            ("GeoTag:RateLimit:RequestsPerSecond", "1"),
            ("GeoTag:RateLimit:Burst", "1")
        );
        using var client = await application.ReadyClientAsync();

        for (var i = 0; i < 5; i++)
        {
            using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task ConfiguredLimit_IsRateLimitedWithRetryAfter()
    {
        await using var application = new GeoTagApplication(("GeoTag:RateLimit:RequestsPerSecond", "1"), ("GeoTag:RateLimit:Burst", "2"));
        using var client = await application.ReadyClientAsync();

        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 6; i++)
        {
            answers.Add(await client.GetAsync("/v1/tags", TestContext.Current.CancellationToken));
        }

        var refused = answers.Last(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        await refused.ProblemAsync(429, "rate-limited", null);
        Assert.True(refused.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, answers[0].StatusCode);
    }
}
