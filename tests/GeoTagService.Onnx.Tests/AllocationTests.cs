using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tagging;
using GeoTagService.Testing;

namespace GeoTagService.Onnx.Tests;

/// <summary>Counts what the whole process allocates, so nothing may run beside it.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTests
{
    [Theory]
    [InlineData(640, 480)]
    [InlineData(4000, 3000)]
    public async Task SteadyState_AllocatesLessThan64KilobytesARequest(int width, int height)
    {
        const int Requests = 30;
        var token = TestContext.Current.CancellationToken;
        await using var tagger = await TaggerFactory.CreateAsync(
            BundleReader.OpenEmbedded(),
            OnnxClipEngineTests.Engine(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu }),
            cancellationToken: token);
        var input = new TagInput { Image = TestImages.Jpeg(width, height), Title = "A canal bridge", Latitude = 52.5, Longitude = -1.9 };
        for (var i = 0; i < 5; i++)
        {
            await tagger.Tagger.TagAsync(input, token);
        }

        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Requests; i++)
        {
            Assert.True((await tagger.Tagger.TagAsync(input, token)).IsSuccess);
        }

        var each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Requests;
        Assert.InRange(each, 1, 64 * 1024);
        TestContext.Current.TestOutputHelper?.WriteLine($"{each} bytes a request");
    }
}
