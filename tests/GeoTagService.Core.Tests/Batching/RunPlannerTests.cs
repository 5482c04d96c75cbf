using CsCheck;
using GeoTagService.Core.Batching;

namespace GeoTagService.Core.Tests.Batching;

public sealed class RunPlannerTests
{
    [Fact]
    public void EqualLengths_MakeOneRun()
    {
        Assert.Equal([5], Plan([8, 8, 8, 8, 8], 16, 10));
    }

    [Fact]
    public void MoreThanTheMaximum_AreSplit()
    {
        Assert.All(Plan([.. Enumerable.Repeat(8, 10)], 4, 10), size => Assert.InRange(size, 1, 4));
    }

    [Fact]
    public void OneLongTitleAmongShortOnes_RunsApart()
    {
        Assert.Equal([3, 1], Plan([6, 7, 8, 77], 16, 40));
    }

    [Fact]
    public void DearRuns_KeepEveryoneTogether()
    {
        Assert.Equal([4], Plan([6, 7, 8, 77], 16, 1000));
    }

    [Fact]
    public void RunLength_IsLimitedButALoneItemAlwaysRuns()
    {
        Assert.Equal([4, 2, 2, 1], Plan([8, 8, 8, 8, 20, 20, 20, 20, 90], 16, 1000, maxRunLength: 40));
    }

    [Fact]
    public void AnyLengths_GetTheCheapestPlanOfAll()
    {
        var cases = Gen.Select(Gen.Int[2, 77].Array[1, 9], Gen.Int[1, 5], Gen.Int[0, 60], Gen.Int[0, 200]);
        cases.Sample(
            (lengths, max, overhead, maxRunLength) =>
            {
                Array.Sort(lengths);
                var runs = Plan(lengths, max, overhead, maxRunLength);
                Assert.Equal(lengths.Length, runs.Sum());
                Assert.All(runs, size => Assert.InRange(size, 1, max));
                Assert.Equal(Cheapest(lengths, 0, max, overhead, maxRunLength), Cost(lengths, runs, overhead, maxRunLength));
            }
        );
    }

    private static List<int> Plan(int[] lengths, int max, int overhead, int maxRunLength = 0)
    {
        var runs = new List<int>();
        RunPlanner.Plan(lengths, max, maxRunLength, overhead, runs);
        return runs;
    }

    private static long Cost(int[] lengths, List<int> runs, int overhead, int maxRunLength)
    {
        long cost = 0;
        var end = 0;
        foreach (var size in runs)
        {
            end += size;
            Assert.True(Fits(size, lengths[end - 1], maxRunLength));
            cost += overhead + ((long)size * lengths[end - 1]);
        }

        return cost;
    }

    private static long Cheapest(int[] lengths, int start, int max, int overhead, int maxRunLength) =>
        start == lengths.Length
            ? 0
            : Enumerable
                .Range(1, Math.Min(max, lengths.Length - start))
                .Where(size => Fits(size, lengths[start + size - 1], maxRunLength))
                .Min(size =>
                    overhead + ((long)size * lengths[start + size - 1]) + Cheapest(lengths, start + size, max, overhead, maxRunLength)
                );

    private static bool Fits(int size, int width, int maxRunLength) => size == 1 || maxRunLength == 0 || size * width <= maxRunLength;
}
