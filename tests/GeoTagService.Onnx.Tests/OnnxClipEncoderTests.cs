using CsCheck;
using GeoTagService.Core.Bundles;

namespace GeoTagService.Onnx.Tests;

public sealed class OnnxClipEncoderTests : IDisposable
{
    /// <summary>What a batch may change of an embedding: other sizes choose other kernels, which round differently.</summary>
    private const float Tolerance = 1e-5f;

    private readonly OnnxClipEncoder _encoder = (OnnxClipEncoder)
        OnnxClipEngineTests
            .Engine(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu, IntraOpThreads = 2 })
            .LoadEncoder(BundleReader.OpenEmbedded());

    private int Dimension => _encoder.Geometry.EmbeddingDimension;

    public void Dispose() => _encoder.Dispose();

    [Fact]
    public void AnyBatchOfTitles_GivesEachWhatItGetsAlone()
    {
        var title = Gen.Int[0, 511].Array[0, _encoder.Geometry.ContextLength - 2];
        title
            .Array[1, 24]
            .Sample(
                titles =>
                {
                    var tokens = titles.Select(Tokens).ToArray();
                    var together = new float[tokens.Length * Dimension];
                    _encoder.EncodeTitles(tokens, together);
                    for (var i = 0; i < tokens.Length; i++)
                    {
                        var alone = new float[Dimension];
                        _encoder.EncodeTitles([tokens[i]], alone);
                        AssertClose(alone, together.AsSpan(i * Dimension, Dimension));
                    }
                },
                iter: 50,
                threads: 1
            );
    }

    [Fact]
    public void AnyBatchOfPhotos_GivesEachWhatItGetsAlone()
    {
        Gen.Int[0, 1000]
            .Array[1, 12]
            .Sample(
                seeds =>
                {
                    var crops = seeds.Select(Crop).ToArray();
                    var together = new float[crops.Length * Dimension];
                    _encoder.EncodeImages(crops, together);
                    for (var i = 0; i < crops.Length; i++)
                    {
                        var alone = new float[Dimension];
                        _encoder.EncodeImages([crops[i]], alone);
                        AssertClose(alone, together.AsSpan(i * Dimension, Dimension));
                    }
                },
                iter: 20,
                threads: 1
            );
    }

    [Fact]
    public void WhatFollowsTheEndToken_HasNoEffect()
    {
        var title = Tokens([64, 65, 66]);
        var (bare, padded) = (new float[Dimension], new float[2 * Dimension]);

        _encoder.EncodeTitles([title], bare);
        _encoder.EncodeTitles([title, Tokens([.. Enumerable.Repeat(70, _encoder.Geometry.ContextLength - 2)])], padded);

        AssertClose(bare, padded.AsSpan(0, Dimension));
    }

    [Fact]
    public async Task CallsFromManyThreads_DoNotMixTheirBuffers()
    {
        var expected = Enumerable
            .Range(0, 8)
            .Select(seed =>
            {
                var embedding = new float[Dimension];
                _encoder.EncodeImages([Crop(seed)], embedding);
                return embedding;
            })
            .ToArray();

        await Parallel.ForAsync(
            0,
            64,
            TestContext.Current.CancellationToken,
            (i, _) =>
            {
                var embedding = new float[Dimension];
                _encoder.EncodeImages([Crop(i % 8)], embedding);
                AssertClose(expected[i % 8], embedding);
                return ValueTask.CompletedTask;
            }
        );
    }

    [Fact]
    public void DisposedEncoder_RefusesAndMayBeDisposedAgain()
    {
        _encoder.Dispose();
        _encoder.Dispose();

        Assert.Throws<ObjectDisposedException>(() => _encoder.EncodeImages([Crop(0)], new float[Dimension]));
    }

    [Fact]
    public void FailedRun_LeavesTheEncoderUsable()
    {
        // An id beyond the vocabulary: the graph's look-up fails, as natively as it gets.
        Assert.ThrowsAny<Exception>(() => _encoder.EncodeTitles([new[] { _encoder.Geometry.VocabularySize + 5, 1 }], new float[Dimension]));

        var embedding = new float[Dimension];
        _encoder.EncodeTitles([Tokens([64])], embedding);
        Assert.Contains(embedding, value => value != 0);
    }

    [Fact]
    public async Task WeightsPackedWhileRunsAreUnderWay_ChangeNoAnswer()
    {
        using var later = (OnnxClipEncoder)
            OnnxClipEngineTests
                .Engine(
                    new OnnxEncoderOptions
                    {
                        Accelerator = AcceleratorChoice.Cpu,
                        IntraOpThreads = 2,
                        PackWeights = WeightPacking.AfterStart,
                    }
                )
                .LoadEncoder(BundleReader.OpenEmbedded());
        var (photo, title) = (new float[Dimension], new float[Dimension]);
        _encoder.EncodeImages([Crop(3)], photo);
        _encoder.EncodeTitles([Tokens([64, 65])], title);
        Check();

        using var packed = new CancellationTokenSource();
        var requests = Enumerable
            .Range(0, 3)
            .Select(_ =>
                Task.Run(() =>
                {
                    do
                    {
                        Check();
                    } while (!packed.IsCancellationRequested);
                })
            )
            .ToArray();
        later.FinishLoading(4, TestContext.Current.CancellationToken);
        await packed.CancelAsync();
        await Task.WhenAll(requests);
        Check();
        later.FinishLoading(4, TestContext.Current.CancellationToken);
        Check();

        void Check()
        {
            var embedding = new float[Dimension];
            later.EncodeImages([Crop(3)], embedding);
            AssertClose(photo, embedding);
            later.EncodeTitles([Tokens([64, 65])], embedding);
            AssertClose(title, embedding);
        }
    }

    [Fact]
    public void EncoderDisposedBeforeItsWeightsWerePacked_StaysDisposed()
    {
        var later = (OnnxClipEncoder)
            OnnxClipEngineTests
                .Engine(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu, PackWeights = WeightPacking.AfterStart })
                .LoadEncoder(BundleReader.OpenEmbedded());
        later.Dispose();

        later.FinishLoading(4, TestContext.Current.CancellationToken);

        Assert.Throws<ObjectDisposedException>(() => later.EncodeImages([Crop(0)], new float[Dimension]));
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], Tolerance);
        }
    }

    private ReadOnlyMemory<int> Tokens(int[] ids)
    {
        var size = _encoder.Geometry.VocabularySize;
        return (int[])[size - 2, .. ids, size - 1];
    }

    private ReadOnlyMemory<byte> Crop(int seed)
    {
        var crop = new byte[_encoder.Geometry.ImageSize * _encoder.Geometry.ImageSize * 3];
        new Random(seed).NextBytes(crop);
        return crop;
    }
}
