using GeoTagService.Core;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tagging;
using GeoTagService.Testing;

namespace GeoTagService.Onnx.Tests;

/// <summary>The whole spine on the embedded bundle, with a quicker photo tower, and the real engine.</summary>
public sealed class PhotoTaggerOnOnnxTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public async Task TwoHundredAtOnce_GetWhatEachGetsAlone(int maxBatchSize)
    {
        await using var tagger = await TaggerFactory.CreateAsync(
            MemoryBundle.Quick(),
            OnnxClipEngineTests.Engine(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu }),
            batching: new BatchingOptions { MaxBatchSize = maxBatchSize, MaxWait = TimeSpan.FromMinutes(10) },
            cancellationToken: Token
        );
        string[] heads = ["auto", "linear-img-txt-loc", "mlp-img-txt-mixup", "linear-img"];
        var inputs = Enumerable
            .Range(0, 200)
            .Select(i => new TagInput
            {
                Image = TestImages.Jpeg(120, 90, i % 23),
                Title = string.Join(' ', Enumerable.Repeat($"canal {i % 19}", i % 12)),
                Latitude = 50 + (i % 8),
                Longitude = -3,
                Options = new TagOptions { Head = heads[i % heads.Length] },
            })
            .ToArray();
        var alone = new List<TagResult>();
        foreach (var input in inputs)
        {
            var outcome = await tagger.Tagger.TagAsync(input, Token);
            Assert.True(outcome.IsSuccess, outcome.Error?.Detail);
            alone.Add(outcome.Value);
        }

        var together = await Task.WhenAll(inputs.Select(input => Task.Run(() => tagger.Tagger.TagAsync(input, Token), Token)));

        for (var i = 0; i < inputs.Length; i++)
        {
            Assert.True(together[i].IsSuccess, together[i].Error?.Detail);
            Assert.Equal(alone[i].Tags.Select(tag => tag.Tag.Id), together[i].Value!.Tags.Select(tag => tag.Tag.Id));
            for (var row = 0; row < alone[i].Probabilities.Length; row++)
            {
                Assert.Equal(alone[i].Probabilities[row], together[i].Value!.Probabilities[row], 1e-5f);
            }
        }
    }
}
