namespace GeoTagService.FaultTests;

/// <summary>Waits for what a process is about to do.</summary>
internal static class Eventually
{
    /// <summary>Against hanging for ever, far above what any machine needs.</summary>
    public static readonly TimeSpan Ceiling = TimeSpan.FromMinutes(2);

    public static Task TrueAsync(Func<bool> condition) => TrueAsync(() => Task.FromResult(condition()));

    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        using var ceiling = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ceiling.CancelAfter(Ceiling);
        while (!await condition())
        {
            await Task.Delay(20, ceiling.Token);
        }
    }
}
