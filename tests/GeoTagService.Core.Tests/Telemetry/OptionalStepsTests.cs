using System.Diagnostics.Metrics;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Testing;

namespace GeoTagService.Core.Tests.Telemetry;

public sealed class OptionalStepsTests
{
    [Fact]
    public void Failure_IsToldOnceAndCountedEachTime()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new TaggingMetrics(services.GetRequiredService<IMeterFactory>());
        using var failures = new MetricCollector<long>(
            services.GetRequiredService<IMeterFactory>(),
            TaggingMetrics.MeterName,
            "geotag.optional.failures"
        );
        var log = new FakeLogger();
        var steps = new OptionalSteps(log, metrics);

        for (var i = 0; i < 3; i++)
        {
            Assert.False(steps.Try("large pages", () => throw new IOException("too many open files")));
        }

        Assert.True(steps.Try("large pages", () => { }));
        steps.Failed("pinned threads", "not allowed");

        Assert.Equal(
            ["large pages", "large pages", "large pages", "pinned threads"],
            failures.GetMeasurementSnapshot().Select(m => m.Tags["step"])
        );
        Assert.Equal(
            ["The service goes on without large pages: too many open files", "The service goes on without pinned threads: not allowed"],
            log.Collector.GetSnapshot().Select(line => line.Message)
        );
    }

    [Fact]
    public void StepThatIsCalledOff_IsNoFailure() =>
        Assert.Throws<OperationCanceledException>(() =>
            new OptionalSteps(new FakeLogger()).Try("anything", () => throw new OperationCanceledException())
        );
}
