using GeoTagService.Bench.Service;

namespace GeoTagService.Cli.Tests.Bench;

public sealed class ServiceReadingsTests
{
    private const string Earlier = """
        # TYPE geotag_batch_size histogram
        geotag_batch_size_bucket{lane="image",le="1"} 2 1700000000000
        geotag_batch_size_bucket{lane="image",le="8"} 2 1700000000000
        geotag_batch_size_bucket{lane="image",le="+Inf"} 2 1700000000000
        dotnet_gc_collections_total{gc_heap_generation="gen0"} 3 1700000000000
        dotnet_gc_collections_total{gc_heap_generation="gen1"} 1 1700000000000
        dotnet_gc_pause_time_seconds_total 0.25 1700000000000
        dotnet_gc_heap_total_allocated_bytes_total 4096 1700000000000
        """;

    private const string Later = """
        geotag_batch_size_bucket{lane="image",le="1"} 5
        geotag_batch_size_bucket{lane="image",le="8"} 12
        geotag_batch_size_bucket{lane="image",le="+Inf"} 12
        geotag_batch_size_bucket{lane="title",le="1"} 9
        """;

    [Fact]
    public void Series_AreSummedOverTheirLabels()
    {
        var readings = ServiceReadings.Parse(Earlier);
        Assert.Equal(4, readings.Collections);
        Assert.Equal(0.25, readings.PauseSeconds);
        Assert.Equal(4096, readings.AllocatedBytes);
    }

    [Fact]
    public void Batches_AreThoseSinceTheEarlierReadingByBucket()
    {
        var batches = ServiceReadings.Parse(Later).BatchesSince(ServiceReadings.Parse(Earlier), "image");
        Assert.Equal(new Dictionary<string, long> { ["1"] = 3, ["8"] = 7 }, batches);
    }
}
