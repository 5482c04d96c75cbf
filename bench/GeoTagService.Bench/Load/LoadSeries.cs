namespace GeoTagService.Bench.Load;

/// <summary>Loads one after another against one service; no request of theirs holds what another held.</summary>
internal sealed class LoadSeries(LoadContent content)
{
    private long _next = LoadRunner.NumberByTheClock();

    /// <summary>Runs a plan.</summary>
    public async Task<LoadReport> RunAsync(LoadPlan plan, CancellationToken cancellationToken)
    {
        var report = await LoadRunner.RunAsync(plan, content, _next, cancellationToken).ConfigureAwait(false);
        _next += LoadRunner.NumbersOfALoad;
        return report;
    }

    /// <summary>What a request of its own holds, between loads.</summary>
    public LoadItem NextItem() => content.ItemOf(_next++);
}
