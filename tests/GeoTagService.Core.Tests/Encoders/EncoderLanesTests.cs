using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Telemetry;
using GeoTagService.Core.Tests.Batching;
using GeoTagService.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Core.Tests.Encoders;

public sealed class EncoderLanesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunsOfBothLanes_NeverOverlapOnACpu()
    {
        var engine = new FakeClipEngine();
        await using var tagger = await TaggerFactory.CreateAsync(BundleReader.OpenEmbedded(), engine, cancellationToken: Token);
        var (running, overlaps) = (0, 0);
        engine.Encoder!.OnRun = _ =>
        {
            if (Interlocked.Increment(ref running) > 1)
            {
                Interlocked.Increment(ref overlaps);
            }

            Thread.SpinWait(20_000);
            Interlocked.Decrement(ref running);
        };

        await Task.WhenAll(
            Enumerable
                .Range(0, 60)
                .Select(i =>
                    Task.Run(
                        () =>
                            tagger.Tagger.TagAsync(
                                i % 2 == 0 ? new TagInput { Image = TestImages.Jpeg(48, 48, i) } : new TagInput { Title = $"canal {i}" },
                                Token
                            ),
                        Token
                    )
                )
        );

        Assert.Equal(0, overlaps);
        Assert.True(engine.Encoder.TitleBatches.Count > 1 && engine.Encoder.ImageBatches.Count > 1);
    }

    [Theory]
    [InlineData(8, new[] { "8 Whole" })]
    [InlineData(9, new[] { "4 Part", "5 Part" })]
    [InlineData(12, new[] { "6 Part", "6 Part" })]
    public async Task PhotosThatWait_AreOneBatchOrDealtOutToTheParts(int photos, string[] expected)
    {
        var engine = new FakeClipEngine { Runtime = new EncoderRuntime("fake", "cpu", "fp32", 2) { ConcurrentRuns = 2 } };
        using var model = LoadedModel.Load(BundleReader.OpenEmbedded(), engine);
        using var meters = new PlainMeterFactory();
        using var metrics = new TaggingMetrics(meters);
        await using var lanes = new EncoderLanes(
            model,
            new BatchingOptions { MaxBatchSize = 8 },
            metrics,
            TimeProvider.System,
            NullLogger<EncoderLanes>.Instance
        );
        var runs = new System.Collections.Concurrent.ConcurrentQueue<string>();
        // Runs on parts wait for each other: that they are under way at once is the point.
        using var together = new Barrier(expected.Length);
        engine.Encoder!.OnImageRun = (count, share) =>
        {
            runs.Enqueue($"{count} {share}");
            together.SignalAndWait(Token);
        };
        // Nobody comes in until all have come.
        Assert.Equal(MachineShare.Whole, lanes.Gate.Enter());

        var answers = Enumerable
            .Range(0, photos)
            .Select(_ => lanes.Images.SubmitAsync(new ImageCrop(new CropPool(engine.Encoder.Geometry.ImageSize)), null, Token))
            .ToArray();
        while (lanes.Gate.Waiting == 0)
        {
            await Task.Yield();
        }

        lanes.Gate.Exit();

        Assert.All(await Task.WhenAll(answers), outcome => Assert.True(outcome.IsSuccess));
        Assert.Equal(expected, runs.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task BusyPhotoLane_LetsTheTitleLaneHaveItsTurn()
    {
        var engine = new FakeClipEngine();
        using var model = LoadedModel.Load(BundleReader.OpenEmbedded(), engine);
        using var meters = new PlainMeterFactory();
        using var metrics = new TaggingMetrics(meters);
        await using var lanes = new EncoderLanes(
            model,
            new BatchingOptions { MaxBatchSize = 1 },
            metrics,
            TimeProvider.System,
            NullLogger<EncoderLanes>.Instance
        );
        using var hold = new ManualResetEventSlim();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var photosBeforeTheTitle = -1;
        engine.Encoder!.OnRun = _ =>
        {
            began.TrySetResult();
            hold.Wait(Token);
        };
        engine.Encoder.FailsOnTokens = _ =>
        {
            photosBeforeTheTitle = engine.Encoder.ImageBatches.Count;
            return false;
        };
        var photos = Enumerable
            .Range(0, 21)
            .Select(_ => lanes.Images.SubmitAsync(new ImageCrop(new CropPool(engine.Encoder.Geometry.ImageSize)), null, Token))
            .ToArray();
        await began.Task.WaitAsync(Token);
        var title = lanes.Titles.SubmitAsync(new[] { 1, 2, 3 }, null, Token);
        while (lanes.Gate.Waiting == 0)
        {
            await Task.Yield();
        }

        hold.Set();

        Assert.True((await title).IsSuccess);
        Assert.Equal(1, photosBeforeTheTitle);
        Assert.All(await Task.WhenAll(photos), outcome => Assert.True(outcome.IsSuccess));
    }

    [Fact]
    public async Task Gate_IsFirstComeFirstServed()
    {
        var gate = new InferenceGate(1);
        var order = new List<int>();
        gate.Enter();
        var waiting = new List<Task>();
        for (var i = 0; i < 8; i++)
        {
            var number = i;
            var queued = gate.Waiting;
            waiting.Add(
                Task.Factory.StartNew(
                    () =>
                    {
                        gate.Enter();
                        order.Add(number);
                        gate.Exit();
                    },
                    Token,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            );
            while (gate.Waiting == queued)
            {
                await Task.Yield();
            }
        }

        gate.Exit();
        await Task.WhenAll(waiting);

        Assert.Equal(Enumerable.Range(0, 8), order);
    }
}
