namespace GeoTagService.Core.Batching;

/// <summary>
/// Splits items of unequal length into runs. A run is as wide as its longest item, so that every shorter one pays for
/// padding; a run more costs its overhead. The plan with the least sum of both is found exactly, over the items
/// sorted by length (in an optimal plan runs never interleave in length).
/// </summary>
internal static class RunPlanner
{
    /// <summary>Plans runs over sorted lengths.</summary>
    /// <param name="lengths">Lengths, ascending.</param>
    /// <param name="maxBatchSize">Most items of a run, at least 1.</param>
    /// <param name="maxRunLength">Most items × width of a run of several, or 0 for no such limit.</param>
    /// <param name="overhead">Cost of one run more, in units of length.</param>
    /// <param name="runs">Receives the number of items of each run, in order.</param>
    public static void Plan(ReadOnlySpan<int> lengths, int maxBatchSize, int maxRunLength, int overhead, List<int> runs)
    {
        runs.Clear();
        var count = lengths.Length;
        if (count == 0)
        {
            return;
        }

        // best[i]: least cost of the first i items; size[i]: items of the last run in that plan.
        Span<long> best = count < 128 ? stackalloc long[count + 1] : new long[count + 1];
        Span<int> size = count < 128 ? stackalloc int[count + 1] : new int[count + 1];
        best[0] = 0;
        for (var end = 1; end <= count; end++)
        {
            best[end] = long.MaxValue;
            for (var items = 1; items <= Math.Min(maxBatchSize, end); items++)
            {
                if (items > 1 && maxRunLength > 0 && (long)items * lengths[end - 1] > maxRunLength)
                {
                    break;
                }

                var cost = best[end - items] + overhead + ((long)items * lengths[end - 1]);
                if (cost <= best[end])
                {
                    best[end] = cost;
                    size[end] = items;
                }
            }
        }

        for (var end = count; end > 0; end -= size[end])
        {
            runs.Add(size[end]);
        }

        runs.Reverse();
    }
}
