using System.Diagnostics;

namespace GeoTagService.Bench.Parts;

/// <summary>Something to be timed.</summary>
/// <param name="Name">What it is called in the report.</param>
/// <param name="Items">Items that one run does.</param>
/// <param name="Run">The run.</param>
public sealed record Variant(string Name, int Items, Action Run);

/// <summary>Times of one variant, in milliseconds an item.</summary>
/// <param name="Name">The variant.</param>
/// <param name="Items">Items of one run.</param>
/// <param name="Median">Median of the rounds.</param>
/// <param name="LowerQuartile">A quarter of the rounds took less.</param>
/// <param name="UpperQuartile">A quarter took more.</param>
/// <param name="Least">The shortest.</param>
/// <param name="Processor">Median of the processor time.</param>
public sealed record VariantTimes(
    string Name,
    int Items,
    double Median,
    double LowerQuartile,
    double UpperQuartile,
    double Least,
    double Processor
);

/// <summary>Times variants in turns, so that a disturbance of the machine hits all alike.</summary>
public static class Turns
{
    /// <summary>Runs every variant once unmeasured, then all of them round by round.</summary>
    public static IReadOnlyList<VariantTimes> Measure(IReadOnlyList<Variant> variants, int rounds, CancellationToken cancellationToken)
    {
        foreach (var variant in variants)
        {
            variant.Run();
        }

        var times = variants.Select(_ => new double[rounds]).ToArray();
        var processor = variants.Select(_ => new double[rounds]).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < variants.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var used = Environment.CpuUsage.TotalTime;
                var start = Stopwatch.GetTimestamp();
                variants[i].Run();
                times[i][round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds / variants[i].Items;
                processor[i][round] = (Environment.CpuUsage.TotalTime - used).TotalMilliseconds / variants[i].Items;
            }
        }

        return
        [
            .. variants.Select(
                (variant, i) =>
                    new VariantTimes(
                        variant.Name,
                        variant.Items,
                        At(times[i], 0.5),
                        At(times[i], 0.25),
                        At(times[i], 0.75),
                        At(times[i], 0),
                        At(processor[i], 0.5)
                    )
            ),
        ];
    }

    private static double At(double[] values, double quantile)
    {
        var sorted = values.Order().ToArray();
        return Math.Round(sorted[(int)(quantile * (sorted.Length - 1))], 4);
    }
}
