using GeoTagService.Core;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Models.Graphs;
using GeoTagService.NullCuda;
using GeoTagService.Onnx;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace GeoTagService.Cuda.Tests;

/// <summary>ONNX Runtime's real CUDA provider, and our path to it, on a card that computes nothing but says what it was asked.</summary>
[Collection(NullCardTests.Name)]
public sealed class CudaTowerTests(NullCardFixture fixture)
{
    private static readonly OnnxEncoderOptions Card = new() { Accelerator = AcceleratorChoice.Cuda };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    public void Batch_GivesEachItsOwnAnswer(int count)
    {
        fixture.Take();
        using var encoder = OnCard.Load(OnCard.Bundle());
        var dimension = encoder.Geometry.EmbeddingDimension;
        ReadOnlyMemory<byte>[] crops = [.. Enumerable.Range(0, count).Select(i => OnCard.Crop(encoder, i))];
        ReadOnlyMemory<int>[] titles = [.. Enumerable.Range(0, count).Select(i => OnCard.Title(2 + (i % 30), i))];

        var photos = OnCard.Photos(encoder, crops);
        var texts = OnCard.Titles(encoder, titles);

        for (var i = 0; i < count; i++)
        {
            Assert.Equal(OnCard.Photos(encoder, crops[i]), photos[(i * dimension)..((i + 1) * dimension)]);
            Assert.Equal(OnCard.Titles(encoder, titles[i]), texts[(i * dimension)..((i + 1) * dimension)]);
        }
    }

    [Fact]
    public void Copies_AreOneEachWayFromPageLockedMemory()
    {
        var card = fixture.Take();
        using var encoder = OnCard.Load(OnCard.Bundle());
        OnCard.Photos(encoder, OnCard.Crop(encoder, 1), OnCard.Crop(encoder, 2));
        var (bytesIn, bytesOut) = (card[NullCardField.BytesIn], card[NullCardField.BytesOut]);
        var before = Counters(card);

        OnCard.Photos(encoder, OnCard.Crop(encoder, 3), OnCard.Crop(encoder, 4));

        var size = encoder.Geometry.ImageSize;
        Assert.Equal(
            (1, 1, 0, 0, 0),
            (
                card[NullCardField.CopiesIn] - before.In,
                card[NullCardField.CopiesOut] - before.Out,
                card[NullCardField.PageableCopies] - before.Pageable,
                card[NullCardField.DeviceWaits] - before.DeviceWaits,
                card[NullCardField.DeviceAllocations] - before.Allocations
            )
        );
        // As bytes: they become numbers on the card.
        Assert.Equal(2 * 3 * size * size, card[NullCardField.BytesIn] - bytesIn);
        Assert.Equal(2 * encoder.Geometry.EmbeddingDimension * sizeof(float), card[NullCardField.BytesOut] - bytesOut);
        Assert.True(card[NullCardField.Products] > before.Products, "nothing was computed");
    }

    [Fact]
    public async Task TwoBatches_AreInFlightAtOnceWithoutWaitingForEachOther()
    {
        var card = fixture.Take();
        using var encoder = OnCard.Load(OnCard.Bundle());
        var (first, second) = (OnCard.Crop(encoder, 1), OnCard.Crop(encoder, 2));
        var (expectedFirst, expectedSecond) = (OnCard.Photos(encoder, first), OnCard.Photos(encoder, second));
        var waits = card[NullCardField.DeviceWaits];
        card[NullCardField.HeldMost] = 0;
        card[NullCardField.HoldsStreams] = 1;

        var runs = Task.WhenAll(Task.Run(() => OnCard.Photos(encoder, first)), Task.Run(() => OnCard.Photos(encoder, second)));
        await FaultTests.Eventually.TrueAsync(() => card[NullCardField.HeldMost] == 2);
        card[NullCardField.HoldsStreams] = 0;
        var answers = await runs;

        Assert.Equal([expectedFirst, expectedSecond], answers);
        Assert.Equal(waits, card[NullCardField.DeviceWaits]);
    }

    [Theory]
    [InlineData(ClipPrecision.Fp32, ClipGraphStyle.Fused)]
    [InlineData(ClipPrecision.Fp32, ClipGraphStyle.Plain)]
    [InlineData(ClipPrecision.Fp16, ClipGraphStyle.Fused)]
    [InlineData(ClipPrecision.Fp16, ClipGraphStyle.Plain)]
    public void OurGraphs_RunOnTheCardAsAWhole(ClipPrecision precision, ClipGraphStyle style)
    {
        fixture.Take();
        var logger = new FakeLogger<OnnxClipEngine>();

        using var encoder = OnCard.Load(OnCard.Bundle(precision, style), Card, logger);

        Assert.Equal(("cuda", precision.ToString().ToLowerInvariant()), (encoder.Runtime.ExecutionProvider, encoder.Runtime.Precision));
        Assert.DoesNotContain(logger.Collector.GetSnapshot(), line => line.Level >= LogLevel.Warning);
    }

    /// <summary>Its convolutions cannot run on the null card, for which cuDNN plans none. That the whole tower was placed on the card
    /// is known before.</summary>
    [Fact]
    public void EmbeddedPhotoTower_LiesOnTheCardAsAWhole()
    {
        fixture.Take();
        var logger = new FakeLogger<OnnxClipEngine>();

        var fault = Assert.Throws<BundleException>(() => OnCard.Load(BundleReader.OpenEmbedded(), Card, logger));

        Assert.Contains("running Conv node", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(logger.Collector.GetSnapshot(), line => line.Message.Contains("as a whole", StringComparison.Ordinal));
    }

    [Fact]
    public void EmbeddedTitleTower_RunsOnTheCardAsAWhole()
    {
        fixture.Take();
        var logger = new FakeLogger<OnnxClipEngine>();

        using var encoder = OnCard.Load(Onnx.Tests.MemoryBundle.Quick(), Card, logger);

        Assert.Equal("cuda", encoder.Runtime.ExecutionProvider);
        Assert.DoesNotContain(logger.Collector.GetSnapshot(), line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public void CudaGraphs_AreCapturedOnceForAShapeAndReplayed()
    {
        var card = fixture.Take();
        using var encoder = OnCard.Load(OnCard.Bundle(), Card with { CudaGraphs = true });
        var crops = Enumerable.Range(0, 3).Select(i => OnCard.Crop(encoder, i)).ToArray();
        // As many as there are slots, so that each has captured this shape.
        for (var slot = 0; slot < encoder.Runtime.ConcurrentRuns; slot++)
        {
            OnCard.Photos(encoder, crops);
        }

        var (captured, launched, products) = (
            card[NullCardField.GraphsCaptured],
            card[NullCardField.GraphsLaunched],
            card[NullCardField.Products]
        );
        var first = OnCard.Photos(encoder, crops);
        var second = OnCard.Photos(encoder, crops.Reverse().ToArray());

        Assert.Equal(first[..encoder.Geometry.EmbeddingDimension], second[^encoder.Geometry.EmbeddingDimension..]);
        Assert.Equal(
            (captured, launched + 2, products),
            (card[NullCardField.GraphsCaptured], card[NullCardField.GraphsLaunched], card[NullCardField.Products])
        );
    }

    [Fact]
    public void LargeBatches_AreNotCaptured()
    {
        var card = fixture.Take();
        using var encoder = OnCard.Load(OnCard.Bundle(), Card with { CudaGraphs = true });
        var captured = card[NullCardField.GraphsCaptured];

        OnCard.Photos(encoder, [.. Enumerable.Range(0, 64).Select(i => OnCard.Crop(encoder, i))]);

        Assert.Equal(captured, card[NullCardField.GraphsCaptured]);
    }

    [Fact]
    public async Task CudaGraphs_OfTwoBatchesInFlight_KeepThemApart()
    {
        fixture.Take();
        using var encoder = OnCard.Load(OnCard.Bundle(), Card with { CudaGraphs = true });
        var crops = Enumerable.Range(0, 8).Select(i => OnCard.Crop(encoder, i)).ToArray();
        var expected = crops.Select(crop => OnCard.Photos(encoder, crop)).ToArray();

        await Parallel.ForAsync(
            0,
            200,
            new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = TestContext.Current.CancellationToken },
            (i, _) =>
            {
                Assert.Equal(expected[i % 8], OnCard.Photos(encoder, crops[i % 8]));
                return ValueTask.CompletedTask;
            }
        );
    }

    [Fact]
    public void OutOfMemoryInARun_FailsThatRunAlone()
    {
        var card = fixture.Take();
        using var encoder = OnCard.Load(OnCard.Bundle());
        var expected = OnCard.Photos(encoder, OnCard.Crop(encoder, 1));
        // A batch larger than any before needs memory.
        ReadOnlyMemory<byte>[] crops = [.. Enumerable.Range(0, 128).Select(i => OnCard.Crop(encoder, i))];
        card[NullCardField.FailAllocation] = 1;

        Assert.ThrowsAny<Exception>(() => OnCard.Photos(encoder, crops));

        Assert.Equal(expected, OnCard.Photos(encoder, OnCard.Crop(encoder, 1)));
        Assert.Equal(
            expected,
            OnCard.Photos(encoder, crops)[encoder.Geometry.EmbeddingDimension..(2 * encoder.Geometry.EmbeddingDimension)]
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void ErrorThatLasts_LosesTheEncoder(int launch)
    {
        var card = fixture.Take();
        using var encoder = OnCard.Load(OnCard.Bundle());
        card[NullCardField.FailLaunch] = launch;

        var lost = Assert.Throws<EncoderLostException>(() =>
        {
            // Products and kernels count alike; a lone photo has some thirty.
            for (var run = 0; run < launch; run++)
            {
                OnCard.Photos(encoder, OnCard.Crop(encoder, run));
            }
        });

        Assert.Contains("illegal memory access", lost.Message, StringComparison.Ordinal);
        Assert.Throws<EncoderLostException>(() => OnCard.Photos(encoder, OnCard.Crop(encoder, 1)));
        card[NullCardField.IsLost] = 0;
    }

    [Theory]
    [InlineData(10_000, false)]
    [InlineData(2_000, true)]
    public void ManyRuns_LeakNothing(int count, bool graphs)
    {
        var card = fixture.Take();
        // What tests before left to the collector.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Held(card);
        using (var encoder = OnCard.Load(OnCard.Bundle(), Card with { CudaGraphs = graphs }))
        {
            var crop = OnCard.Crop(encoder, 1);
            var title = OnCard.Title(5, 1);
            RunAll(100);
            var settled = Held(card);
            RunAll(count / 2);
            Assert.Equal(settled, Held(card));

            void RunAll(int times)
            {
                for (var i = 0; i < times; i++)
                {
                    OnCard.Photos(encoder, crop);
                    OnCard.Titles(encoder, title);
                }
            }
        }

        Assert.Equal(before, Held(card));
        Assert.Equal(0, card[NullCardField.StrayFrees]);
    }

    [Fact]
    public void WarmUp_LeavesNothingToAnyBatchThatFollows()
    {
        var card = fixture.Take();
        var engine = new OnnxClipEngine(Card, new FakeLogger<OnnxClipEngine>());
        using var model = LoadedModel.Load(OnCard.Bundle(), engine);
        var encoder = (OnnxClipEncoder)model.Encoder;
        var batching = new BatchingOptions();
        new EncoderWarmup(model, batching, new ImagePreprocessor(new InProcessImageDecoder(), encoder.Geometry.ImageSize)).Run(
            TestContext.Current.CancellationToken
        );
        var warmed = (card[NullCardField.DeviceAllocations], card[NullCardField.PinnedAllocations]);
        var bindings = encoder.BoundShapes;

        var crop = OnCard.Crop(encoder, 1);
        for (var count = 1; count <= encoder.Runtime.PhotoBatch; count = Next(count))
        {
            OnCard.Photos(encoder, [.. Enumerable.Repeat(crop, count)]);
        }

        var limit = encoder.Runtime.PhotoBatch * encoder.Geometry.ContextLength;
        for (var length = 2; length <= encoder.Geometry.ContextLength; length++)
        {
            for (var count = 1; count <= Math.Min(encoder.Runtime.TitleBatch, Math.Max(1, limit / length)); count = Next(count))
            {
                OnCard.Titles(encoder, [.. Enumerable.Range(0, count).Select(i => OnCard.Title(length, i))]);
            }
        }

        Assert.Equal((64, 128), (encoder.Runtime.PhotoBatch, encoder.Runtime.TitleBatch));
        Assert.Equal(
            (warmed, bindings),
            ((card[NullCardField.DeviceAllocations], card[NullCardField.PinnedAllocations]), encoder.BoundShapes)
        );

        // Both sides of every power of two.
        static int Next(int count) => int.IsPow2(count) ? count + 1 : (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count);
    }

    [Fact]
    public void Settings_ReachTheProvider()
    {
        fixture.Take();
        // The provider's options want ONNX Runtime's environment, as the service has made it by then.
        Onnx.EngineLog.WriteTo(Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var settings = Onnx.CudaProvider.Settings(Card with { TensorFloat32 = true, CardMemory = 1000, DeviceId = 0 }, sessions: 2);

        using var provider = new Microsoft.ML.OnnxRuntime.OrtCUDAProviderOptions();
        provider.UpdateOptions(settings);
        var taken = provider.GetOptions();

        foreach (
            var expected in (string[])
                ["use_tf32=1", "gpu_mem_limit=524288000", "arena_extend_strategy=kSameAsRequested", "cudnn_conv_algo_search=HEURISTIC"]
        )
        {
            Assert.Contains(expected, taken, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void MemoryLimit_IsKept()
    {
        var card = fixture.Take();

        var fault = Assert.Throws<BundleException>(() => OnCard.Load(OnCard.Bundle(), Card with { CardMemory = 1 }));

        Assert.Contains("CUDA cannot be used", fault.Message, StringComparison.Ordinal);
        Assert.True(card[NullCardField.DeviceBytes] < 64 << 20, "the limit was not kept");
    }

    private static (long In, long Out, long Pageable, long DeviceWaits, long Allocations, long Products) Counters(NullCard card) =>
        (
            card[NullCardField.CopiesIn],
            card[NullCardField.CopiesOut],
            card[NullCardField.PageableCopies],
            card[NullCardField.DeviceWaits],
            card[NullCardField.DeviceAllocations],
            card[NullCardField.Products]
        );

    private static (long Device, long DeviceBytes, long Pinned, long PinnedBytes, long Handles) Held(NullCard card) =>
        (
            card[NullCardField.DeviceAllocations] - card[NullCardField.DeviceFrees],
            card[NullCardField.DeviceBytes],
            card[NullCardField.PinnedAllocations] - card[NullCardField.PinnedFrees],
            card[NullCardField.PinnedBytes],
            card[NullCardField.HandlesMade] - card[NullCardField.HandlesFreed]
        );
}
