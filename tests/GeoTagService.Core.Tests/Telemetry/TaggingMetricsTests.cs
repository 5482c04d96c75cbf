using GeoTagService.Core.Batching;
using GeoTagService.Core.Telemetry;
using GeoTagService.Core.Tests.Batching;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace GeoTagService.Core.Tests.Telemetry;

public sealed class TaggingMetricsTests : IDisposable
{
    private readonly PlainMeterFactory _meters = new();
    private readonly TaggingMetrics _metrics;

    public TaggingMetricsTests()
    {
        _metrics = new TaggingMetrics(_meters);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _metrics.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public void EveryErrorCode_HasItsOwnOutcome()
    {
        var outcomes = Enum.GetValues<TaggingErrorCode>().Select(TaggingMetrics.OutcomeOf).ToArray();
        Assert.Distinct(outcomes);
        Assert.DoesNotContain("ok", outcomes);
        Assert.DoesNotContain("cancelled", outcomes);
    }

    [Fact]
    public void Items_AreCountedByOutcome()
    {
        using var items = Collect<long>("geotag.items");
        using var durations = Collect<double>("geotag.item.duration");

        _metrics.ItemSucceeded(TimeSpan.FromSeconds(0.25));
        _metrics.ItemFailed(TaggingErrorCode.Overloaded, TimeSpan.FromSeconds(0.5));
        _metrics.ItemCancelled(TimeSpan.FromSeconds(1));

        Assert.Equal(["ok", "overloaded", "cancelled"], items.GetMeasurementSnapshot().Select(m => m.Tags["outcome"]));
        Assert.Equal([0.25, 0.5, 1], durations.GetMeasurementSnapshot().Select(m => m.Value));
        Assert.Equal(["ok", "overloaded", "cancelled"], durations.GetMeasurementSnapshot().Select(m => m.Tags["outcome"]));
    }

    [Fact]
    public void Stages_AreMeasuredInSeconds()
    {
        using var stages = Collect<double>("geotag.stage.duration");

        _metrics.StageEnded(TaggingMetrics.DecodeStage, TimeSpan.FromMilliseconds(5));

        var measured = Assert.Single(stages.GetMeasurementSnapshot());
        Assert.Equal((0.005, "decode"), (measured.Value, measured.Tags["stage"]));
    }

    [Fact]
    public void Lanes_AreMeasuredByName()
    {
        using var depth = Collect<long>("geotag.queue.depth");
        using var wait = Collect<double>("geotag.queue.wait");
        using var size = Collect<long>("geotag.batch.size");
        using var duration = Collect<double>("geotag.batch.duration");
        using var crashes = Collect<long>("geotag.lane.crashes");

        _metrics.QueueEntered("image");
        _metrics.QueueLeft("image");
        _metrics.QueueWaited("title", TimeSpan.FromSeconds(2));
        _metrics.BatchRan("title", 7, TimeSpan.FromSeconds(3));
        _metrics.LoopCrashed("image");

        Assert.Equal([(1L, "image"), (-1L, "image")], depth.GetMeasurementSnapshot().Select(m => (m.Value, (string)m.Tags["lane"]!)));
        Assert.Equal([(2d, "title")], wait.GetMeasurementSnapshot().Select(m => (m.Value, (string)m.Tags["lane"]!)));
        Assert.Equal([(7L, "title")], size.GetMeasurementSnapshot().Select(m => (m.Value, (string)m.Tags["lane"]!)));
        Assert.Equal([(3d, "title")], duration.GetMeasurementSnapshot().Select(m => (m.Value, (string)m.Tags["lane"]!)));
        Assert.Equal([(1L, "image")], crashes.GetMeasurementSnapshot().Select(m => (m.Value, (string)m.Tags["lane"]!)));
    }

    [Fact]
    public void ActiveProvider_IsReportedOnceTheEncoderIsLoaded()
    {
        using var info = Collect<int>("geotag.encoder.info");
        info.RecordObservableInstruments();
        Assert.Empty(info.GetMeasurementSnapshot());

        _metrics.Serves(new EncoderRuntime("ONNX Runtime 1.2.3", "cuda", "fp16", 4), "clip", "1.2.3", "abc");
        info.RecordObservableInstruments();

        var measured = Assert.Single(info.GetMeasurementSnapshot());
        Assert.Equal(
            (1, "cuda", "fp16", "ONNX Runtime 1.2.3"),
            (measured.Value, measured.Tags["execution_provider"], measured.Tags["precision"], measured.Tags["engine"])
        );
    }

    [Fact]
    public async Task LaneUnderTraffic_LeavesADepthOfZero()
    {
        using var factory = new PlainMeterFactory();
        await using var lane = new TestLane(new BatchingOptions { QueueCapacity = 5 }, maxBatchSize: 3, held: true, meters: factory);
        using var depth = new MetricCollector<long>(factory, TaggingMetrics.MeterName, "geotag.queue.depth");
        using var size = new MetricCollector<long>(factory, TaggingMetrics.MeterName, "geotag.batch.size");
        using var cancel = new CancellationTokenSource();
        var running = lane.Batcher.SubmitAsync(0, null, Token);
        await lane.RunBegan();
        var doomed = lane.Batcher.SubmitAsync(1, null, cancel.Token);
        var rest = Enumerable.Range(2, 6).Select(i => lane.Batcher.SubmitAsync(i, null, Token)).ToArray();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => doomed);
        lane.LetAllRun();
        await Task.WhenAll([running, .. rest]);

        Assert.Equal(0, depth.GetMeasurementSnapshot().Sum(m => m.Value));
        Assert.Equal([1L, 3L, 1L], size.GetMeasurementSnapshot().Select(m => m.Value));
        Assert.All(size.GetMeasurementSnapshot(), m => Assert.Equal("test", m.Tags["lane"]));
    }

    private MetricCollector<T> Collect<T>(string instrument)
        where T : struct => new(_meters, TaggingMetrics.MeterName, instrument);
}
