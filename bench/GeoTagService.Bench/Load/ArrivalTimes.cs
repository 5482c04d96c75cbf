namespace GeoTagService.Bench.Load;

/// <summary>When the requests of an open loop are due, from the start of the load; endless, ascending, fixed by the seed.</summary>
internal static class ArrivalTimes
{
    /// <param name="arrivals"><see cref="ArrivalKind.Constant"/> or <see cref="ArrivalKind.Poisson"/>.</param>
    /// <param name="rate">Requests a second, above 0.</param>
    /// <param name="seed">Seed of a Poisson process.</param>
    public static IEnumerable<TimeSpan> Of(ArrivalKind arrivals, double rate, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        return arrivals == ArrivalKind.Poisson ? Poisson(rate, seed) : Constant(rate);
    }

    private static IEnumerable<TimeSpan> Constant(double rate)
    {
        for (var index = 0L; ; index++)
        {
            yield return TimeSpan.FromSeconds(index / rate);
        }
    }

    private static IEnumerable<TimeSpan> Poisson(double rate, int seed)
    {
        var random = new Random(seed);
        for (var seconds = 0d; ; )
        {
            // Gaps of a Poisson process are exponential; 1 − u is never 0.
            seconds -= Math.Log(1 - random.NextDouble()) / rate;
            yield return TimeSpan.FromSeconds(seconds);
        }
    }
}
