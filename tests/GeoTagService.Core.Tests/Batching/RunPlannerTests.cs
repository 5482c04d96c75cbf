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
    public void AnyLengths_GetTheCheapestPlanOfAll()
    {
        Gen.Select(Gen.Int[2, 77].Array[1, 9], Gen.Int[1, 5], Gen.Int[0, 60]).Sample((lengths, max, overhead) =>
        {
            Array.Sort(lengths);
            var runs = Plan(lengths, max, overhead);
            Assert.Equal(lengths.Length, runs.Sum());
            Assert.All(runs, size => Assert.InRange(size, 1, max));
            Assert.Equal(Cheapest(lengths, 0, max, overhead), Cost(lengths, runs, overhead));
        });
    }

    private static List<int> Plan(int[] lengths, int max, int overhead)
    {
        var runs = new List<int>();
        RunPlanner.Plan(lengths, max, overhead, runs);
        return runs;
    }

    private static long Cost(int[] lengths, List<int> runs, int overhead)
    {
        long cost = 0;
        var end = 0;
        foreach (var size in runs)
        {
            end += size;
            cost += overhead + ((long)size * lengths[end - 1]);
        }

        return cost;
    }

    private static long Cheapest(int[] lengths, int start, int max, int overhead) => start == lengths.Length
        ? 0
        : Enumerable.Range(1, Math.Min(max, lengths.Length - start)).Min(size =>
            overhead + ((long)size * lengths[start + size - 1]) + Cheapest(lengths, start + size, max, overhead));
}
