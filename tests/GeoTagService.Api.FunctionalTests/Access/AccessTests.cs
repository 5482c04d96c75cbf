using System.Net;

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
            await answer.ProblemAsync(401, "api-key-required", "X-Api-Key");
        }
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/swagger/v1/swagger.json")]
    public async Task ProbesMetricsAndDocument_NeedNoKeyAndHaveNoLimit(string path)
    {
        await using var application = new GeoTagApplication(
            ("GeoTag:ApiKeys:0", "first"), ("GeoTag:RateLimit:RequestsPerSecond", "1"), ("GeoTag:RateLimit:Burst", "1"));
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
        await using var application = new GeoTagApplication(
            ("GeoTag:RateLimit:RequestsPerSecond", "1"), ("GeoTag:RateLimit:Burst", "2"));
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
