using GeoTagService.Bench.Load;

namespace GeoTagService.Cli.Tests.Bench;

public sealed class ArrivalTimesTests
{
    private const int Count = 20_000;
    private const double Rate = 50;

    [Fact]
    public void Poisson_HasExponentialGapsOfTheMeanRate()
    {
        var gaps = Gaps(seed: 3);
        var mean = gaps.Average();
        var deviation = Math.Sqrt(gaps.Average(gap => (gap - mean) * (gap - mean)));

        // Fixed by the seed; a mean of 20,000 exponential gaps is within 2 % of the truth, and so is their deviation, which
        // equals the mean. Even intervals would have none.
        Assert.InRange(mean * Rate, 0.98, 1.02);
        Assert.InRange(deviation * Rate, 0.97, 1.03);
        // e⁻¹ of the gaps are longer than the mean.
        Assert.InRange(gaps.Count(gap => gap > 1 / Rate) / (double)Count, 0.36, 0.376);
    }

    [Fact]
    public void Poisson_IsFixedByItsSeed()
    {
        Assert.Equal(Gaps(seed: 5), Gaps(seed: 5));
        Assert.NotEqual(Gaps(seed: 5), Gaps(seed: 6));
    }

    [Fact]
    public void Constant_IsEven() =>
        Assert.Equal(
            [TimeSpan.Zero, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(40)],
            ArrivalTimes.Of(ArrivalKind.Constant, Rate, seed: 1).Take(3)
        );

    private static double[] Gaps(int seed)
    {
        var times = ArrivalTimes.Of(ArrivalKind.Poisson, Rate, seed).Take(Count).Select(time => time.TotalSeconds).ToArray();
        return [.. times.Select((time, index) => time - (index == 0 ? 0 : times[index - 1]))];
    }
}
