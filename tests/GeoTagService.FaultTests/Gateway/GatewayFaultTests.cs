using System.Diagnostics;
using System.Net;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests.Gateway;

/// <summary>Two replicas behind a real nginx on bad days.</summary>
public sealed class GatewayFaultTests(TwoReplicas both) : IClassFixture<TwoReplicas>
{
    /// <summary>For <c>SkipUnless</c>.</summary>
    public static bool IsAvailable => GatewayProcess.IsAvailable;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Skip = GatewayProcess.SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task ClientsThatGiveNoTime_CostOthersNothing()
    {
        await using var others = await Traffic.StartAsync(both.Gateway.Address, clients: 4);
        using var hasty = new HttpClient { BaseAddress = both.Gateway.Address };
        hasty.DefaultRequestHeaders.Add("X-Request-Timeout", "0.001");
        var large = TestImages.Jpeg(1600, 1200);
        for (var i = 0; i < 60; i++)
        {
            using var photo = new ByteArrayContent([.. large, (byte)i]);
            using var form = new MultipartFormDataContent { { photo, "image", "a.jpg" } };
            using var answer = await hasty.PostAsync("v1/tags", form, Token);
            Assert.Equal(HttpStatusCode.RequestTimeout, answer.StatusCode);
            await others.MoreAsync(3);
        }

        await others.EndAsync();
        Assert.Empty(others.Failed);
    }

    [Fact(Skip = GatewayProcess.SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task RollingRestart_LosesNothing()
    {
        await using var traffic = await Traffic.StartAsync(both.Gateway.Address, clients: 6);
        await traffic.MoreAsync(50);
        for (var i = 0; i < both.Replicas.Count; i++)
        {
            both.Replicas[i].Stop();
            Assert.Equal(0, await both.Replicas[i].ExitAsync());
            await both.StartAgainAsync(i);
            // As documented: a second between one replica's being ready and the next one's leaving.
            await Task.Delay(TimeSpan.FromSeconds(1), Token);
        }

        await traffic.MoreAsync(50);
        await traffic.EndAsync();
        Assert.Empty(traffic.Failed);
    }

    [Fact(Skip = GatewayProcess.SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task KilledReplica_TakesAlongOnlyWhatItHadInHand()
    {
        await using var traffic = await Traffic.StartAsync(both.Gateway.Address, clients: 8);
        await traffic.MoreAsync(50);
        var before = Stopwatch.GetTimestamp();
        both.Replicas[0].Kill();
        await both.Replicas[0].ExitAsync();
        var dead = Stopwatch.GetTimestamp();
        await traffic.MoreAsync(100);
        await traffic.EndAsync();
        await both.StartAgainAsync(0);

        Assert.All(traffic.Failed, failed => Assert.True(failed.Began < dead && failed.Ended > before, failed.Fault));
        Assert.InRange(traffic.Failed.Count, 0, 8);
    }

    [Fact(Skip = GatewayProcess.SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task RequestThatItsReplicaDiedOf_IsNotSentToTheOther()
    {
        // Neither replica answers: each takes a request whole and hangs up, as a process does that dies of it.
        var taken = 0;
        using var dying = new LoopbackServer(DieAsync);
        using var alsoDying = new LoopbackServer(DieAsync);
        await using var gateway = await GatewayProcess.StartAsync([dying.Base.Port, alsoDying.Base.Port]);
        using var client = new HttpClient { BaseAddress = gateway.Address };

        using var answer = await client.PostAsync("v1/tags", new StringContent("poison"), Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(1, taken);

        async Task DieAsync(Stream connection, CancellationToken token)
        {
            if (await connection.ReadAsync(new byte[65536], token) > 0)
            {
                Interlocked.Increment(ref taken);
            }
        }
    }

    [Fact(Skip = GatewayProcess.SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task RefusedConnection_IsSteppedOver()
    {
        await using var gateway = await GatewayProcess.StartAsync([
            LocalMachine.FreePort(),
            both.Replicas[0].Port,
            LocalMachine.FreePort(),
        ]);
        using var client = new HttpClient { BaseAddress = gateway.Address };

        for (var i = 0; i < 20; i++)
        {
            using var answer = await client.PostAsync("v1/tags?title=Canal", null, Token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact(Skip = GatewayProcess.SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task NobodyCanMakeTheServiceBelieveInAPrefix_AndIdsAreReturned()
    {
        using var client = new HttpClient { BaseAddress = both.Gateway.Address };
        using var forged = new HttpRequestMessage(HttpMethod.Get, "swagger/v1/swagger.json");
        forged.Headers.Add("X-Forwarded-Prefix", "/forged-prefix");
        forged.Headers.Add("X-Request-Id", "my-own.id_1");
        using var document = await client.SendAsync(forged, Token);
        using var ugly = new HttpRequestMessage(HttpMethod.Get, "v1/model");
        ugly.Headers.TryAddWithoutValidation("X-Request-Id", "a \"b\" c");
        using var model = await client.SendAsync(ugly, Token);

        Assert.DoesNotContain("forged-prefix", await document.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(["my-own.id_1"], document.Headers.GetValues("X-Request-Id"));
        Assert.Matches("^[0-9a-f]{32}$", Assert.Single(model.Headers.GetValues("X-Request-Id")));
    }

    [Fact(Skip = GatewayProcess.SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task BatchesOfOneAddress_AreLimitedWhileOthersRequestsPass()
    {
        await using var gateway = await GatewayProcess.StartAsync([both.Replicas[0].Port], limited: true);
        using var client = new HttpClient { BaseAddress = gateway.Address };
        using var ends = new CancellationTokenSource();
        var batches = new List<Task<HttpResponseMessage>>();
        for (var i = 0; i < 8; i++)
        {
            var begun = new TaskCompletionSource();
            batches.Add(client.PostAsync("v1/tags/batch", new OpenBody(begun, ends.Token), Token));
            await begun.Task.WaitAsync(Token);
        }

        // The ninth is refused as soon as the gateway has seen the headers of the eight.
        await Eventually.TrueAsync(async () =>
        {
            using var more = new StringContent("{}\n", null, "application/x-ndjson");
            using var answer = await client.PostAsync("v1/tags/batch", more, Token);
            return answer.StatusCode == HttpStatusCode.TooManyRequests
                && answer.Headers.RetryAfter is not null
                && answer.Content.Headers.ContentType?.MediaType == "application/problem+json";
        });
        using var single = await client.PostAsync("v1/tags?title=Canal", null, Token);
        Assert.Equal(HttpStatusCode.OK, single.StatusCode);
        await ends.CancelAsync();
        foreach (var answer in await Task.WhenAll(batches))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }
    }
}
