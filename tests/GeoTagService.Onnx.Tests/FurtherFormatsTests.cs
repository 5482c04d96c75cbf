using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tagging;
using GeoTagService.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Onnx.Tests;

/// <summary>A photo is tagged alike whatever it is saved as.</summary>
public sealed class FurtherFormatsTests
{
    [Fact]
    public async Task LosslessFile_IsTaggedAsItsTwin()
    {
        await using var tagger = await TaggerFactory.CreateAsync(
            BundleReader.OpenEmbedded(),
            new OnnxClipEngine(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu }, NullLogger<OnnxClipEngine>.Instance),
            new TaggingOptions { Formats = PhotoFormats.All },
            cancellationToken: TestContext.Current.CancellationToken
        );
        var twin = await TagAsync(tagger.Tagger, "twin.png");
        foreach (var file in (string[])["lossless.heic", "lossless.avif", "lzw.tif", "lossless.jxl", "lossless.jp2", "lossless.psd"])
        {
            var result = await TagAsync(tagger.Tagger, file);
            var worst = result.Probabilities.Zip(twin.Probabilities).Max(pair => Math.Abs(pair.First - pair.Second));
            Assert.True(worst <= 0.01, $"{file}: {worst}");
            Assert.Equal(twin.Tags.Select(tag => tag.Tag), result.Tags.Select(tag => tag.Tag));
        }
    }

    private static async Task<TagResult> TagAsync(PhotoTagger tagger, string file)
    {
        var photo = await File.ReadAllBytesAsync(
            Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "further", file),
            TestContext.Current.CancellationToken
        );
        var outcome = await tagger.TagAsync(new TagInput { Image = photo }, TestContext.Current.CancellationToken);
        return outcome.IsSuccess ? outcome.Value : throw new InvalidOperationException($"{file}: {outcome.Error.Detail}");
    }
}
