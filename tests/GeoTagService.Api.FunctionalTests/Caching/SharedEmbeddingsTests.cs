using System.Net;
using System.Net.Http.Headers;
using GeoTagService.Api.Caching;
using GeoTagService.Core.Tagging;
using GeoTagService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace GeoTagService.Api.FunctionalTests.Caching;

/// <summary>Replicas that share embeddings through a real Redis.</summary>
public sealed class SharedEmbeddingsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhatOneReplicaEncoded_TheOtherFinds()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await ReplicaAsync(redis);
        await using var other = await ReplicaAsync(redis);
        using var inspector = await redis.ConnectAsync();
        var warmed = other.Encoder.ImageBatches.Sum();

        var first = await TagAsync(one, 7);
        // Keeping is not waited for by the request.
        await Eventually.TrueAsync(async () => await inspector.GetDatabase().ExecuteAsync("DBSIZE") is var size && (int)size == 2);
        var second = await TagAsync(other, 7);

        Assert.Equal(first, second);
        Assert.Equal(warmed, other.Encoder.ImageBatches.Sum());
        var keys = inspector.GetServer(redis.Configuration).Keys().Select(key => key.ToString()).ToList();
        Assert.All(keys, key => Assert.Matches("^geotag:embedding:[0-9a-f]{64}$", key));
        var lifetime = await inspector.GetDatabase().KeyTimeToLiveAsync(keys[0]);
        Assert.InRange(lifetime!.Value, TimeSpan.FromDays(6), TimeSpan.FromDays(7));
    }

    [Fact]
    public async Task RedisThatDies_CostsNothingButTheSharing()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replica = await ReplicaAsync(redis);
        await TagAsync(replica, 1);

        await redis.KillAsync();

        await TagAsync(replica, 2);
        await Eventually.TrueAsync(() =>
            replica.Log.Events.Any(e => e.RenderMessage().Contains("cannot be reached", StringComparison.Ordinal))
        );
        await TagAsync(replica, 3);
    }

    [Fact]
    public async Task RedisThatHangs_IsLeftAloneAfterOneRequest()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replica = await ReplicaAsync(redis, timeout: "00:00:00.05");
        // Answers nobody until it is let go.
        using var inspector = await redis.ConnectAsync();
        await inspector.GetDatabase().ExecuteAsync("CLIENT", "PAUSE", "600000", "ALL");

        await TagAsync(replica, 1);

        Assert.Contains(replica.Log.Events, e => e.RenderMessage().Contains("is left alone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RedisThatWasNeverThere_HoldsUpNeitherStartNorRequest()
    {
        await using var replica = new GeoTagApplication(("GeoTag:Cache:Redis", "127.0.0.1:1"));
        await TagAsync(replica, 1);
        Assert.False(replica.Services.GetRequiredService<RedisConnection>().IsConnected);
    }

    [Fact]
    public async Task RubbishInRedis_IsEncodedAnew()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await ReplicaAsync(redis);
        await using var other = await ReplicaAsync(redis);
        using var inspector = await redis.ConnectAsync();
        var first = await TagAsync(one, 5);
        await Eventually.TrueAsync(async () => (int)await inspector.GetDatabase().ExecuteAsync("DBSIZE") == 2);
        foreach (var key in inspector.GetServer(redis.Configuration).Keys())
        {
            await inspector.GetDatabase().HashSetAsync(key, "data", new byte[] { 1, 2, 3 });
        }

        Assert.Equal(first, await TagAsync(other, 5));
    }

    [Theory]
    [InlineData("redis:6379,nonsense=1", "at option 'nonsense'")]
    [InlineData(",password=secret", "names no host")]
    public void ConfigurationThatCannotBeRead_IsRefusedWithoutRepeatingIt(string configuration, string reason)
    {
        var result = new CacheOptionsValidator().Validate(null, new CacheOptions { Redis = configuration });

        Assert.Contains(reason, result.FailureMessage, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.FailureMessage, StringComparison.Ordinal);
    }

    private static async Task<GeoTagApplication> ReplicaAsync(RedisServer redis, string timeout = "00:00:05")
    {
        var replica = new GeoTagApplication(("GeoTag:Cache:Redis", redis.Configuration), ("GeoTag:Cache:RedisTimeout", timeout));
        using var client = await replica.ReadyClientAsync();
        var embeddings = Assert.IsType<RedisEmbeddings>(replica.Services.GetRequiredService<ISharedEmbeddings>());
        await Eventually.TrueAsync(() => embeddings.IsAvailable);
        return replica;
    }

    private static async Task<string> TagAsync(GeoTagApplication replica, int seed)
    {
        using var client = await replica.ReadyClientAsync();
        using var photo = new ByteArrayContent(TestImages.Jpeg(seed: seed));
        photo.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        using var form = new MultipartFormDataContent
        {
            { photo, "image", "photo.jpg" },
            { new StringContent($"A canal {seed}"), "title" },
        };
        using var answer = await client.PostAsync("/v1/tags", form, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.JsonAsync()).GetProperty("probabilities").GetRawText();
    }
}
