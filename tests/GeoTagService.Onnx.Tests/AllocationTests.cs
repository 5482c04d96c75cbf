using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Hosting;
using GeoTagService.Testing;

namespace GeoTagService.Onnx.Tests;

/// <summary>Counts what the whole process allocates, so nothing may run beside it.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTests
{
    private const long Limit = 64 * 1024;

    [Theory]
    [InlineData(640, 480)]
    [InlineData(4000, 3000)]
    public async Task SteadyState_AllocatesLessThan64KilobytesARequest(int width, int height)
    {
        const int Requests = 10,
            Rounds = 30;
        var token = TestContext.Current.CancellationToken;
        await using var tagger = await TaggerFactory.CreateAsync(
            BundleReader.OpenEmbedded(),
            OnnxClipEngineTests.Engine(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu }),
            cancellationToken: token
        );
        var input = new TagInput
        {
            Image = TestImages.Jpeg(width, height),
            Title = "A canal bridge",
            Latitude = 52.5,
            Longitude = -1.9,
        };
        for (var i = 0; i < 5; i++)
        {
            await tagger.Tagger.TagAsync(input, token);
        }

        // A shared array pool gives buffers back when memory is short or they lay idle, and then rents new ones: that is
        // no steady state. What a request really allocates shows in every round, so the least of them is the figure.
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least > Limit; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < Requests; i++)
            {
                Assert.True((await tagger.Tagger.TagAsync(input, token)).IsSuccess);
            }

            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Requests);
        }

        Assert.InRange(least, 1, Limit);
        TestContext.Current.TestOutputHelper?.WriteLine($"{least} bytes a request");
    }
}
