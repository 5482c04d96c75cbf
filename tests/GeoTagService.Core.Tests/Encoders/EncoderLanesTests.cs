using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tagging;
using GeoTagService.Testing;

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

        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(
            () => tagger.Tagger.TagAsync(
                i % 2 == 0 ? new TagInput { Image = TestImages.Jpeg(48, 48, i) } : new TagInput { Title = $"canal {i}" }, Token),
            Token)));

        Assert.Equal(0, overlaps);
        Assert.True(engine.Encoder.TitleBatches.Count > 1 && engine.Encoder.ImageBatches.Count > 1);
    }

    [Fact]
    public async Task BusyPhotoLane_LetsTheTitleLaneHaveItsTurn()
    {
        var engine = new FakeClipEngine();
        await using var tagger = await TaggerFactory.CreateAsync(
            BundleReader.OpenEmbedded(), engine, batching: new BatchingOptions { MaxBatchSize = 1 }, cancellationToken: Token);
        var warmed = engine.Encoder!.ImageBatches.Count;
        using var hold = new ManualResetEventSlim();
        using var began = new SemaphoreSlim(0);
        engine.Encoder.OnRun = _ =>
        {
            began.Release();
            hold.Wait(Token);
        };
        var photos = new List<Task<Outcome<TagResult>>> { tagger.Tagger.TagAsync(new TagInput { Image = TestImages.Jpeg(48, 48) }, Token) };
        await began.WaitAsync(Token);
        photos.AddRange(Enumerable.Range(1, 20).Select(
            i => tagger.Tagger.TagAsync(new TagInput { Image = TestImages.Jpeg(48, 48, i) }, Token)));
        var title = tagger.Tagger.TagAsync(new TagInput { Title = "A canal" }, Token);
        var photosBeforeTheTitle = title.ContinueWith(
            _ => engine.Encoder.ImageBatches.Count - warmed, Token, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        hold.Set();

        Assert.True((await title).IsSuccess);
        Assert.InRange(await photosBeforeTheTitle, 1, 10);
        Assert.All(await Task.WhenAll(photos), outcome => Assert.True(outcome.IsSuccess));
    }

    [Fact]
    public async Task Gate_IsFirstComeFirstServed()
    {
        using var gate = new InferenceGate(1);
        var order = new List<int>();
        gate.Enter();
        var waiting = new List<Task>();
        for (var i = 0; i < 8; i++)
        {
            var number = i;
            var queued = gate.Waiting;
            waiting.Add(Task.Factory.StartNew(
                () =>
                {
                    gate.Enter();
                    order.Add(number);
                    gate.Exit();
                },
                Token,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default));
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
