namespace GeoTagService.Cli.Bench.Load;

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

    /// <summary>A request of its own, between loads.</summary>
    public MarkedForm NextForm() => content.FormOf(_next++);
}
