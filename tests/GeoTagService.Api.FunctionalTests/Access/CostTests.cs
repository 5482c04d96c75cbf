using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using GeoTagService.Api.Access;
using GeoTagService.Core.Tagging;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Access;

/// <summary>What requests cost their client.</summary>
public sealed class CostTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Evidence_CostsTheFiftyPhotosThatItEncodes()
    {
        await using var application = Limited(burst: 60);
        using var client = await application.ReadyClientAsync();

        var before = application.Encoder.ImageBatches.Sum();
        using var first = await client.PostAsync("/v1/tags/evidence", Requests.Form(TestImages.Jpeg(), ("tag", "tag1077")), Token);
        var encoded = application.Encoder.ImageBatches.Sum() - before;
        using var second = await client.PostAsync("/v1/tags/evidence", Requests.Form(TestImages.Jpeg(), ("tag", "tag1077")), Token);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(PhotoTagger.PhotosOfEvidence, encoded);
        await second.ProblemAsync(429, "rate-limited", null);
        Assert.True(second.Headers.RetryAfter?.Delta > TimeSpan.FromSeconds(20), second.Headers.RetryAfter?.ToString());
        // What is left is enough for others of the client's requests.
        using var single = await client.PostAsync("/v1/tags?title=Canal", null, Token);
        Assert.Equal(HttpStatusCode.OK, single.StatusCode);
    }

    [Fact]
    public async Task Batch_CostsItsItemsAndGoesAsFastAsItsClientMay()
    {
        await using var application = Limited(burst: 100);
        using var client = await application.ReadyClientAsync();
        var lines = Enumerable.Range(0, 90).Select(i => Requests.Line($"{i}", title: $"Canal {i}")).ToArray();

        using var answer = await client.PostAsync("/v1/tags/batch", Requests.NdJson(lines), Token);
        var text = await answer.Content.ReadAsStringAsync(Token);

        Assert.Equal(91, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain("\"error\"", text, StringComparison.Ordinal);
        Assert.InRange(await LeftAsync(client), 0, 50);
    }

    [Fact]
    public async Task BatchBeyondTheBurst_IsSlowedDownAndNotRefused()
    {
        await using var application = new GeoTagApplication(("GeoTag:RateLimit:RequestsPerSecond", "500"), ("GeoTag:RateLimit:Burst", "2"));
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync(
            "/v1/tags/batch",
            Requests.NdJson([.. Enumerable.Range(0, 40).Select(i => Requests.Line($"{i}", title: $"Canal {i}"))]),
            Token
        );

        Assert.Contains("\"tagged\":40", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RefusedItems_CostNothing()
    {
        await using var application = Limited(burst: 100);
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync("/v1/tags/batch", Requests.NdJson([.. Enumerable.Repeat("{\"title\":1}", 90)]), Token);

        Assert.Contains("\"failed\":90", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.InRange(await LeftAsync(client), 90, 100);
    }

    [Fact]
    public async Task InferenceOfSeveralItems_CostsSoMany()
    {
        await using var application = Limited(burst: 10);
        using var client = await application.ReadyClientAsync();

        using var many = await client.PostAsync("/v2/models/linear-txt/infer", Titles(8), Token);
        using var more = await client.PostAsync("/v2/models/linear-txt/infer", Titles(8), Token);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (many.StatusCode, more.StatusCode));

        static StringContent Titles(int count) =>
            Requests.Json(
                $"{{\"inputs\":[{{\"name\":\"title\",\"datatype\":\"BYTES\",\"shape\":[{count}],\"data\":[{string.Join(',', Enumerable.Repeat("\"Canal\"", count))}]}}]}}"
            );
    }

    [Theory]
    [InlineData("/V1/Tags/From-Embeddings")]
    [InlineData("/v1/no/such/operation")]
    [InlineData("/v2/models/auto")]
    [InlineData("/v2")]
    public async Task WhateverLiesUnderTheOperations_NeedsAKey(string path)
    {
        await using var application = new GeoTagApplication(("GeoTag:ApiKeys:0", "first"));
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync(path, Token);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public void Allowance_IsPaidInFullAlsoWhereItCostsMoreThanTheBurst()
    {
        var clock = new Clock();
        using var allowance = new ClientAllowance(burst: 10, perSecond: 2, clock);

        Assert.True(Take(allowance, 50));
        Assert.Null(allowance.IdleDuration);
        Assert.Equal(0, allowance.GetStatistics()!.CurrentAvailablePermits);
        // Forty are owed; the next one needs forty-one.
        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.False(Take(allowance, 1));
        clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.True(Take(allowance, 1));
        Assert.False(Take(allowance, 50));
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(10, allowance.GetStatistics()!.CurrentAvailablePermits);
        Assert.True(Take(allowance, 50));
    }

    [Fact]
    public void Refusal_SaysWhenThereIsEnough()
    {
        var clock = new Clock();
        using var allowance = new ClientAllowance(burst: 4, perSecond: 2, clock);
        Assert.True(Take(allowance, 4));

        using var refused = allowance.AttemptAcquire(3);

        Assert.True(refused.TryGetMetadata(MetadataName.RetryAfter, out var wait));
        Assert.Equal(TimeSpan.FromSeconds(1.5), wait);
        clock.Advance(wait);
        Assert.True(Take(allowance, 3));
    }

    private static bool Take(RateLimiter allowance, int permits)
    {
        using var lease = allowance.AttemptAcquire(permits);
        return lease.IsAcquired;
    }

    private static GeoTagApplication Limited(int burst) =>
        new(("GeoTag:RateLimit:RequestsPerSecond", "1"), ("GeoTag:RateLimit:Burst", $"{burst}"), ("GeoTag:Cache:Enabled", "false"));

    private static async Task<int> LeftAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("/v1/model", Token);
        var limit = Assert.Single(answer.Headers.GetValues("RateLimit"));
        return int.Parse(limit.Split(';')[1]["r=".Length..], CultureInfo.InvariantCulture);
    }

    /// <summary>A clock that is moved by hand.</summary>
    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
