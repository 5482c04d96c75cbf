using GeoTagService.Core.Encoders;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tagging;
using GeoTagService.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace GeoTagService.Core.Tests.Hosting;

public sealed class EncoderWatchTests : IAsyncDisposable
{
    private readonly FakeClipEngine _engine = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services;
    private readonly ModelReadiness _readiness;
    private readonly EncoderWatch _watch;

    public EncoderWatchTests()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?> { ["GeoTag:ModelsDirectory"] = "/no/such/models", ["GeoTag:Cache:Enabled"] = "false" }
            )
            .Build();
        _services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton<TimeProvider>(_time)
            .AddSingleton<IClipEngine>(_engine)
            .AddLogging()
            .AddTagging()
            .BuildServiceProvider();
        _readiness = _services.GetRequiredService<ModelReadiness>();
        _watch = _services.GetServices<IHostedService>().OfType<EncoderWatch>().Single();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FakeClipEncoder Encoder => _engine.Encoder!;

    public async ValueTask DisposeAsync() => await _services.DisposeAsync();

    [Fact]
    public async Task BadItem_IsTheItemsOwnFault()
    {
        var tagger = await StartAsync();
        var runs = Encoder.TitleBatches.Count;
        Encoder.FailsOnTokens = ids => ids.Length > 12;

        var answer = await tagger.TagAsync(
            new TagInput { Title = "a very long title about many things that are none of its business" },
            Token
        );

        Assert.Equal(TaggingErrorCode.InferenceFailed, answer.Error?.Code);
        // The bad one itself is not counted; the known title is.
        await UntilAsync(() => Encoder.TitleBatches.Count >= runs + 2);
        Assert.True(_readiness.Current.IsReady);
        Assert.True((await tagger.TagAsync(new TagInput { Title = "a canal" }, Token)).IsSuccess);
    }

    [Fact]
    public async Task EncoderThatWorksAgain_IsReadyAgain()
    {
        var tagger = await StartAsync();
        Encoder.OnRun = _ => throw new InvalidOperationException("out of order");
        await tagger.TagAsync(new TagInput { Title = "a canal" }, Token);
        await UntilAsync(() => _readiness.Current.State == ReadinessState.Failing);
        Assert.Equal(TaggingErrorCode.NotReady, (await tagger.TagAsync(new TagInput { Title = "a lock" }, Token)).Error?.Code);

        Encoder.OnRun = null;
        await UntilAsync(() =>
        {
            _time.Advance(EncoderWatch.Pause);
            return _readiness.Current.IsReady;
        });

        Assert.True((await tagger.TagAsync(new TagInput { Title = "a lock" }, Token)).IsSuccess);
    }

    [Fact]
    public async Task EncoderThatGoesOnFailing_EndsTheHost()
    {
        var tagger = await StartAsync();
        Encoder.OnRun = _ => throw new InvalidOperationException("out of order");
        await tagger.TagAsync(new TagInput { Title = "a canal" }, Token);

        await UntilAsync(() =>
        {
            _time.Advance(EncoderWatch.Pause);
            return _watch.ExecuteTask!.IsCompleted;
        });

        await Assert.ThrowsAsync<EncoderLostException>(() => _watch.ExecuteTask!);
        Assert.Equal(ReadinessState.Failed, _readiness.Current.State);
    }

    [Fact]
    public async Task LostEncoder_FailsAllOfItsBatchWithoutTryingAgainAndEndsTheHost()
    {
        var tagger = await StartAsync();
        var runs = 0;
        Encoder.OnRun = _ =>
        {
            Interlocked.Increment(ref runs);
            throw new EncoderLostException("the card was lost");
        };

        var answer = await tagger.TagAsync(new TagInput { Title = "a canal" }, Token);

        Assert.Equal(TaggingErrorCode.NotReady, answer.Error?.Code);
        Assert.Equal(1, runs);
        await Assert.ThrowsAsync<EncoderLostException>(() => _watch.ExecuteTask!.WaitAsync(TimeSpan.FromMinutes(1), Token));
        Assert.Equal(new Readiness(ReadinessState.Failed, "the card was lost"), _readiness.Current);

        // That it failed remains the reason while the host stops.
        await _services.GetServices<IHostedService>().OfType<ModelHost>().Single().StopAsync(Token);
        Assert.Equal(ReadinessState.Failed, _readiness.Current.State);
    }

    [Fact]
    public async Task Stop_EndsTheWatch()
    {
        await StartAsync();

        await _watch.StopAsync(Token);

        Assert.True(_watch.ExecuteTask!.IsCompletedSuccessfully);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var ceiling = CancellationTokenSource.CreateLinkedTokenSource(Token);
        ceiling.CancelAfter(TimeSpan.FromMinutes(1));
        while (!isSo())
        {
            await Task.Delay(5, ceiling.Token);
        }
    }

    private async Task<PhotoTagger> StartAsync()
    {
        var host = _services.GetServices<IHostedService>().OfType<ModelHost>().Single();
        await host.StartAsync(Token);
        await _watch.StartAsync(Token);
        await host.ExecuteTask!;
        return _services.GetRequiredService<PhotoTagger>();
    }
}
