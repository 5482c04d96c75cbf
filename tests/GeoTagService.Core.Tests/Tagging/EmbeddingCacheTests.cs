using GeoTagService.Core.Bundles;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Telemetry;
using GeoTagService.Core.Tests.Batching;
using GeoTagService.Testing;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace GeoTagService.Core.Tests.Tagging;

public sealed class EmbeddingCacheTests : IDisposable
{
    private static readonly byte[] Photo = [1, 2, 3];

    private readonly PlainMeterFactory _meters = new();
    private readonly TaggingMetrics _metrics;
    private readonly EmbeddingCache _cache;
    private int _computed;

    public EmbeddingCacheTests()
    {
        _metrics = new TaggingMetrics(_meters);
        _cache = Create(new CacheOptions());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _cache.Dispose();
        _metrics.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task SecondTime_IsNotComputed()
    {
        using var lookups = new MetricCollector<long>(_meters, TaggingMetrics.MeterName, "geotag.cache.lookups");

        var first = await Get(_cache);
        var second = await Get(_cache);

        Assert.Equal(1, _computed);
        Assert.Equal(first.Value!.Embedding, second.Value!.Embedding);
        Assert.Equal(
            [("image", "miss"), ("image", "hit")],
            lookups.GetMeasurementSnapshot().Select(m => ((string)m.Tags["kind"]!, (string)m.Tags["result"]!))
        );
    }

    [Fact]
    public async Task WhatACallerDoesToHisVector_ReachesNobodyElse()
    {
        (await Get(_cache)).Value!.Embedding[0] = 99;
        (await Get(_cache)).Value!.Embedding[0] = 98;

        Assert.Equal(1f, (await Get(_cache)).Value!.Embedding[0]);
    }

    [Fact]
    public async Task OtherContentOptionsOrModel_AreComputedAnew()
    {
        await Get(_cache);
        await _cache.PhotoAsync([1, 2, 4], true, false, Compute, Token);
        await _cache.PhotoAsync(Photo, false, false, Compute, Token);
        await _cache.PhotoAsync(Photo, true, true, Compute, Token);
        await _cache.TitleAsync([1, 2, 3], Compute, Token);

        Assert.Equal(5, _computed);
        using var otherModel = new EmbeddingCache(new CacheOptions(), "another model", 2, null, _metrics);
        Assert.NotEqual(_cache.Hash(Photo, 1), otherModel.Hash(Photo, 1));
    }

    [Fact]
    public async Task SwitchedOff_ComputesEveryTime()
    {
        using var off = Create(new CacheOptions { Enabled = false });
        await Get(off);
        await Get(off);

        Assert.Equal(2, _computed);
    }

    [Fact]
    public async Task EqualRequestsAtOnce_ShareOneComputation()
    {
        using var lookups = new MetricCollector<long>(_meters, TaggingMetrics.MeterName, "geotag.cache.lookups");
        var result = new TaskCompletionSource<Outcome<EncodedPart>>();
        var waiting = Enumerable.Range(0, 5).Select(_ => _cache.PhotoAsync(Photo, true, false, () => Count(result.Task), Token)).ToArray();

        result.SetResult(Part());
        var outcomes = await Task.WhenAll(waiting);

        Assert.Equal(1, _computed);
        Assert.All(outcomes, outcome => Assert.Equal([1f, 2f], outcome.Value!.Embedding));
        Assert.Equal(4, lookups.GetMeasurementSnapshot().Count(m => (string)m.Tags["result"]! == "shared"));
    }

    [Fact]
    public async Task OneWhoComputesAndGoesAway_LeavesTheWorkToTheNext()
    {
        using var cancel = new CancellationTokenSource();
        var first = _cache.PhotoAsync(
            Photo,
            true,
            false,
            async () =>
            {
                await Task.Delay(Timeout.Infinite, cancel.Token);
                return Part();
            },
            cancel.Token
        );
        var second = Get(_cache);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.True((await second).IsSuccess);
        Assert.Equal(1, _computed);
    }

    [Fact]
    public async Task OneWhoSharesAndGoesAway_EndsAtOnceAndAlone()
    {
        var result = new TaskCompletionSource<Outcome<EncodedPart>>();
        using var cancel = new CancellationTokenSource();
        var first = _cache.PhotoAsync(Photo, true, false, () => Count(result.Task), Token);
        var second = _cache.PhotoAsync(Photo, true, false, Compute, cancel.Token);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        result.SetResult(Part());

        Assert.True((await first).IsSuccess);
        Assert.Equal(1, _computed);
    }

    [Theory]
    [InlineData(TaggingErrorCode.Overloaded, 1)]
    [InlineData(TaggingErrorCode.InvalidImage, 0)]
    public async Task Refusal_IsSharedOnlyWhenItIsTheContentsFault(TaggingErrorCode code, int computedByTheSecond)
    {
        var result = new TaskCompletionSource<Outcome<EncodedPart>>();
        var first = _cache.PhotoAsync(Photo, true, false, () => result.Task, Token);
        var second = Get(_cache);

        result.SetResult(new TaggingError(code, "image", "refused"));

        Assert.Equal(code, (await first).Error?.Code);
        Assert.Equal(computedByTheSecond == 1, (await second).IsSuccess);
        Assert.Equal(computedByTheSecond, _computed);
        // No refusal is kept.
        Assert.True((await Get(_cache)).IsSuccess);
    }

    [Fact]
    public async Task FullCache_StaysWithinItsBytes()
    {
        using var small = Create(new CacheOptions { MaxBytes = 64 * 1024 });
        for (var i = 0; i < 2000; i++)
        {
            await small.PhotoAsync(BitConverter.GetBytes(i), true, false, Compute, Token);
        }

        Assert.InRange(small.KeptBytes, 1, 64 * 1024);
    }

    [Fact]
    public async Task WhatIsEvicted_GivesItsPlaceToTheNext()
    {
        const int Dimension = 512;
        const int Bound = 1024 * 1024;
        using var small = new EmbeddingCache(new CacheOptions { MaxBytes = Bound }, "model", Dimension, null, _metrics);
        for (var i = 0; i < 20_000; i++)
        {
            await small.PhotoAsync(BitConverter.GetBytes(i), true, false, () => Of(i), Token);
        }

        Assert.InRange(small.ReservedBytes, 1, Bound);
        // However full it was: once room is made, what comes is kept. That happens behind the callers' backs.
        do
        {
            _computed = 0;
            await small.PhotoAsync(Photo, true, false, () => Count(Of(1)), Token);
            await small.PhotoAsync(Photo, true, false, () => Count(Of(1)), Token);
        } while (_computed > 1);

        static Task<Outcome<EncodedPart>> Of(float value) =>
            Task.FromResult<Outcome<EncodedPart>>(Part() with { Embedding = [.. Enumerable.Repeat(value, Dimension)] });
    }

    [Fact]
    public async Task WhatAnotherProcessEncoded_IsNotComputed()
    {
        using var lookups = new MetricCollector<long>(_meters, TaggingMetrics.MeterName, "geotag.cache.lookups");
        var replicas = new Replicas();
        using var one = Create(new CacheOptions(), replicas);
        using var other = Create(new CacheOptions(), replicas);

        await Get(one);
        var found = await Get(other);
        await Get(other);

        Assert.Equal(1, _computed);
        Assert.Equal([1f, 2f], found.Value!.Embedding);
        Assert.Equal(2, replicas.Lookups);
        Assert.Single(replicas.Kept);
        Assert.Equal(["miss", "replica", "hit"], lookups.GetMeasurementSnapshot().Select(m => (string)m.Tags["result"]!));
    }

    [Theory]
    [InlineData(new[] { 1f })]
    [InlineData(new[] { 1f, 2f, 3f })]
    [InlineData(new[] { 1f, float.NaN })]
    public async Task WhatCannotBeAnEmbedding_IsComputedAnewAndReplaced(float[] foreign)
    {
        var replicas = new Replicas();
        using var cache = Create(new CacheOptions(), replicas);
        await Get(cache);
        var key = Assert.Single(replicas.Kept.Keys);
        replicas.Kept[key] = foreign;

        using var other = Create(new CacheOptions(), replicas);
        var computed = await Get(other);

        Assert.Equal([1f, 2f], computed.Value!.Embedding);
        Assert.Equal(2, _computed);
        Assert.Equal([1f, 2f], replicas.Kept[key]);
        Assert.Matches("^[0-9a-f]{64}$", key);
    }

    [Fact]
    public async Task ServedTwice_IsEncodedOnceAndAnswersTheSame()
    {
        var engine = new FakeClipEngine();
        await using var tagger = await TaggerFactory.CreateAsync(
            BundleReader.OpenEmbedded(),
            engine,
            cache: new CacheOptions(),
            cancellationToken: Token
        );
        var runs = engine.Encoder!.ImageBatches.Count;
        var input = new TagInput { Image = TestImages.Jpeg(seed: 3), Title = "A canal" };

        var first = await tagger.Tagger.TagAsync(input, Token);
        var second = await tagger.Tagger.TagAsync(input with { Options = new TagOptions { Threshold = 0.2 } }, Token);

        Assert.Equal(first.Value?.Probabilities, second.Value?.Probabilities);
        Assert.Equal(runs + 1, engine.Encoder.ImageBatches.Count);
    }

    private static EncodedPart Part() => new([1, 2], default, default, default);

    private EmbeddingCache Create(CacheOptions options, ISharedEmbeddings? replicas = null) => new(options, "model", 2, replicas, _metrics);

    private Task<Outcome<EncodedPart>> Get(EmbeddingCache cache) => cache.PhotoAsync(Photo, true, false, Compute, Token);

    private Task<Outcome<EncodedPart>> Compute() => Count(Task.FromResult<Outcome<EncodedPart>>(Part()));

    private Task<Outcome<EncodedPart>> Count(Task<Outcome<EncodedPart>> result)
    {
        Interlocked.Increment(ref _computed);
        return result;
    }

    /// <summary>A second level in memory.</summary>
    private sealed class Replicas : ISharedEmbeddings
    {
        public Dictionary<string, float[]> Kept { get; } = [];

        public int Lookups { get; private set; }

        public ValueTask<float[]?> FindAsync(string key, CancellationToken cancellationToken)
        {
            Lookups++;
            return ValueTask.FromResult(Kept.GetValueOrDefault(key));
        }

        public void Keep(string key, float[] embedding) => Kept[key] = [.. embedding];
    }
}
