using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Tests.Tagging;
using GeoTagService.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace GeoTagService.Core.Tests.Encoders;

public sealed class ModelHostTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_LoadsThenWarmsThenServesAndDrainsOnStop()
    {
        var engine = new FakeClipEngine();
        using var warming = new ManualResetEventSlim();
        await using var services = Services(engine);
        var readiness = services.GetRequiredService<ModelReadiness>();
        Assert.Equal(ReadinessState.Loading, readiness.Current.State);
        var tagger = services.GetRequiredService<PhotoTagger>();
        engine.Encoder!.OnRun = _ => warming.Wait(Token);
        var host = Host(services);

        await host.StartAsync(Token);
        Assert.Equal(ReadinessState.Warming, readiness.Current.State);
        var early = await tagger.TagAsync(new TagInput { Title = "too early" }, Token);
        Assert.Equal(TaggingErrorCode.NotReady, early.Error?.Code);
        Assert.NotNull(early.Error?.RetryAfter);

        warming.Set();
        await host.ExecuteTask!;
        Assert.Equal(ReadinessState.Ready, readiness.Current.State);
        Assert.True((await tagger.TagAsync(new TagInput { Title = "in time" }, Token)).IsSuccess);

        await host.StopAsync(Token);
        Assert.Equal(ReadinessState.Draining, readiness.Current.State);
        Assert.Equal(TaggingErrorCode.NotReady, (await tagger.TagAsync(new TagInput { Title = "too late" }, Token)).Error?.Code);
    }

    [Fact]
    public async Task OnACard_EveryBatchSizeClassIsWarmedBeforeReady()
    {
        var encoder = await WarmAsync(shapesNeedWarmup: true);

        Assert.Equal([12, 8, 4, 2, 1], encoder.ImageBatches);
        // The last one is the empty title. 64 titles are run at widths up to 12 photos' worth of tokens, 48 · 12.
        var counts = encoder.TitleBatches.SkipLast(1).GroupBy(size => size).ToDictionary(size => size.Key, size => size.Count());
        Assert.Equal([1, 2, 4, 8, 16, 32, 64], counts.Keys.Order());
        Assert.Equal((6, 6, 5, 3), (counts[1], counts[8], counts[32], counts[64]));
    }

    [Fact]
    public async Task OnACpu_TheLargestAndALoneItemAreWarmedBeforeReady()
    {
        var encoder = await WarmAsync(shapesNeedWarmup: false);

        Assert.Equal([12, 1], encoder.ImageBatches);
        Assert.Equal([12, 1, 1], encoder.TitleBatches);
    }

    [Fact]
    public async Task WhereWhatRunsIsSoonReplaced_ALoneItemIsWarmedAlone()
    {
        var encoder = await WarmAsync(shapesNeedWarmup: false, finishesLater: true);

        Assert.Equal([1], encoder.ImageBatches);
        Assert.Equal([1, 1], encoder.TitleBatches);
    }

    [Fact]
    public async Task WhatTheEnginePutOff_IsDoneOnceTheServiceIsReady()
    {
        var engine = new FakeClipEngine();
        await using var services = Services(engine);
        var readiness = services.GetRequiredService<ModelReadiness>();
        _ = services.GetRequiredService<ServingModels>().Current;
        ReadinessState? seen = null;
        engine.Encoder!.OnFinishLoading = () => seen = readiness.Current.State;
        var host = Host(services);

        await host.StartAsync(Token);
        await host.ExecuteTask!;

        Assert.Equal(ReadinessState.Ready, seen);
        Assert.Equal(engine.Encoder.Runtime.PhotoBatch, engine.Encoder.LargestBatch);
        await host.StopAsync(Token);
    }

    [Theory]
    [InlineData(typeof(BundleException))]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(InsufficientMemoryException))]
    public async Task WhatTheEngineCannotFinish_LeavesTheServiceServing(Type fault)
    {
        var engine = new FakeClipEngine();
        await using var services = Services(engine);
        _ = services.GetRequiredService<ServingModels>().Current;
        engine.Encoder!.OnFinishLoading = () => throw (Exception)Activator.CreateInstance(fault, "too many open files")!;
        var host = Host(services);

        await host.StartAsync(Token);
        await host.ExecuteTask!;

        Assert.Equal(ReadinessState.Ready, services.GetRequiredService<ModelReadiness>().Current.State);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task ModelThatAnswersNoNumbers_FailsItsWarmup()
    {
        await using var services = Services(new NotFiniteEngine(fromTheStart: true));
        var host = Host(services);
        await host.StartAsync(Token);

        await Assert.ThrowsAsync<BundleException>(() => host.ExecuteTask!);
        Assert.Equal(ReadinessState.Failed, services.GetRequiredService<ModelReadiness>().Current.State);
    }

    [Fact]
    public async Task StartThatIsCalledOffDuringTheWarmup_IsNoFaultOfTheModel() =>
        Assert.Equal(
            ReadinessState.Warming,
            await StateAfterCallingOffAsync((encoder, work) => encoder.OnRun = _ => work(), new ObjectDisposedException("model"))
        );

    [Fact]
    public async Task StartThatIsCalledOffWhileTheEngineFinishes_IsNoFaultOfTheModel() =>
        Assert.Equal(
            ReadinessState.Ready,
            await StateAfterCallingOffAsync((encoder, work) => encoder.OnFinishLoading = work, new OperationCanceledException())
        );

    [Fact]
    public async Task BundleThatIsNotThere_StopsTheStart()
    {
        await using var services = Services(new FakeClipEngine(), ("GeoTag:Bundle", "/no/such/bundle"));

        await Assert.ThrowsAsync<BundleException>(() => Host(services).StartAsync(Token));
    }

    [Theory]
    [InlineData("GeoTag:Batching:MaxBatchSize", "0")]
    [InlineData("GeoTag:Batching:MaxBatchSize", "257")]
    [InlineData("GeoTag:Batching:QueueCapacity", "0")]
    [InlineData("GeoTag:Batching:Linger", "00:00:02")]
    [InlineData("GeoTag:Batching:MaxWait", "00:00:00")]
    [InlineData("GeoTag:MaxImageBytes", "1")]
    [InlineData("GeoTag:MaxTitleCharacters", "10")]
    [InlineData("GeoTag:DecodeConcurrency", "-1")]
    public async Task OptionsOutOfRange_AreRefusedAtStart(string key, string value)
    {
        await using var services = Services(new FakeClipEngine(), (key, value));

        Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());
    }

    /// <summary>Calls the start off in the middle of some work of the engine's, which then fails, and waits for the host's end.</summary>
    private static async Task<ReadinessState> StateAfterCallingOffAsync(Action<FakeClipEncoder, Action> put, Exception fault)
    {
        var engine = new FakeClipEngine();
        using var running = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        await using var services = Services(engine);
        services.GetRequiredService<PhotoTagger>();
        put(
            engine.Encoder!,
            () =>
            {
                running.Set();
                goOn.Wait(Token);
                throw fault;
            }
        );
        var host = Host(services);
        await host.StartAsync(Token);
        running.Wait(Token);

        // What the host does when another part of it cannot start, such as a port that is taken.
        host.Dispose();
        goOn.Set();
        await host.ExecuteTask!;
        return services.GetRequiredService<ModelReadiness>().Current.State;
    }

    private static async Task<FakeClipEncoder> WarmAsync(bool shapesNeedWarmup, bool finishesLater = false)
    {
        var engine = new FakeClipEngine
        {
            Runtime = new EncoderRuntime("fake", "cpu", "fp32", 1)
            {
                ShapesNeedWarmup = shapesNeedWarmup,
                TitleStep = shapesNeedWarmup ? 8 : 1,
                FinishesLater = finishesLater,
            },
        };
        await using var tagger = await TaggerFactory.CreateAsync(
            BundleReader.OpenEmbedded(),
            engine,
            batching: new BatchingOptions { MaxBatchSize = 12 },
            cancellationToken: Token
        );
        return engine.Encoder!;
    }

    private static ModelHost Host(IServiceProvider services) => services.GetServices<IHostedService>().OfType<ModelHost>().Single();

    private static ServiceProvider Services(IClipEngine engine, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value))
            // Whatever bundles this user has installed are not meant.
            .AddInMemoryCollection(new Dictionary<string, string?> { ["GeoTag:ModelsDirectory"] = "/no/such/models" })
            .Build();
        return new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddLogging()
            .AddSingleton(engine)
            .AddTagging()
            .BuildServiceProvider();
    }
}
