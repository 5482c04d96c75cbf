using CsCheck;
using GeoTagService.Core.Batching;

namespace GeoTagService.Core.Tests.Batching;

public sealed class ServiceRateTests
{
    [Fact]
    public void NothingMeasured_PromisesNothing()
    {
        var rate = new ServiceRate();
        Assert.False(rate.IsKnown);
        Assert.Equal(TimeSpan.Zero, rate.TimeFor(10, 4));
    }

    [Fact]
    public void FewRuns_TurnNobodyAway()
    {
        var rate = new ServiceRate();
        rate.Observe(1, TimeSpan.FromSeconds(2));
        rate.Observe(1, TimeSpan.FromSeconds(1));
        Assert.False(rate.IsKnown);

        rate.Observe(1, TimeSpan.FromSeconds(3));
        Assert.True(rate.IsKnown);
        // The first counts no more than the others.
        Assert.Equal(2, rate.TimeFor(1, 1).TotalSeconds, 1e-6);
    }

    [Fact]
    public void OneRun_IsScaledByItems()
    {
        var rate = new ServiceRate();
        rate.Observe(4, TimeSpan.FromSeconds(2));
        Assert.Equal(2, rate.TimeFor(4, 4).TotalSeconds, 1e-6);
        Assert.Equal(4, rate.TimeFor(8, 4).TotalSeconds, 1e-6);
    }

    [Fact]
    public void FixedAndItemCost_AreToldApart()
    {
        Gen.Select(Gen.Double[0.001, 1], Gen.Double[0.001, 1])
            .Sample(
                (perRun, perItem) =>
                {
                    var rate = new ServiceRate();
                    for (var i = 0; i < 300; i++)
                    {
                        var items = 1 + (i % 16);
                        rate.Observe(items, TimeSpan.FromSeconds(perRun + (items * perItem)));
                    }

                    var expected = (3 * perRun) + (40 * perItem);
                    Assert.Equal(expected, rate.TimeFor(40, 16).TotalSeconds, expected * 1e-3);
                }
            );
    }

    [Fact]
    public void AChangeOfSpeed_IsFollowed()
    {
        var rate = new ServiceRate();
        for (var i = 0; i < 100; i++)
        {
            rate.Observe(8, TimeSpan.FromSeconds(1));
        }

        for (var i = 0; i < 100; i++)
        {
            rate.Observe(8, TimeSpan.FromSeconds(3));
        }

        Assert.Equal(3, rate.TimeFor(8, 8).TotalSeconds, 0.01);
    }

    [Fact]
    public void AnyMeasurements_NeverPromiseNegativeTimeAndGrowWithTheQueue()
    {
        Gen.Select(Gen.Int[1, 32], Gen.Double[0, 2])
            .Array[1, 50]
            .Sample(runs =>
            {
                var rate = new ServiceRate();
                foreach (var (items, seconds) in runs)
                {
                    rate.Observe(items, TimeSpan.FromSeconds(seconds));
                }

                var times = Enumerable.Range(0, 64).Select(n => rate.TimeFor(n, 16)).ToArray();
                Assert.All(times, time => Assert.True(time >= TimeSpan.Zero));
                Assert.Equal(times.Order(), times);
            });
    }
}
