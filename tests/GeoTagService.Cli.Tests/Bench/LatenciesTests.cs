using CsCheck;
using GeoTagService.Bench.Load;

namespace GeoTagService.Cli.Tests.Bench;

public sealed class LatenciesTests
{
    /// <summary>Three significant digits.</summary>
    private const double Precision = 1e-3;

    [Fact]
    public void Percentiles_AreThoseOfTheSortedList() =>
        Gen.Long[1, 100_000_000]
            .Array[1, 400]
            .Sample(microseconds =>
            {
                var latencies = new Latencies();
                foreach (var value in microseconds)
                {
                    latencies.Add(TimeSpan.FromMicroseconds(value));
                }

                var sorted = microseconds.Order().Select(value => value / 1000.0).ToArray();
                var summary = latencies.Summarize();
                Assert.Equal(sorted.Length, summary.Count);
                AssertNear(AtRank(sorted, 0.50), summary.P50);
                AssertNear(AtRank(sorted, 0.95), summary.P95);
                AssertNear(AtRank(sorted, 0.99), summary.P99);
                AssertNear(sorted[^1], summary.Max);
                AssertNear(sorted.Average(), summary.Mean);
            });

    [Fact]
    public void AStall_IsChargedToEveryoneWhoWasDueInIt()
    {
        // A service that answers in 1 ms but stands still for the last second of ten, at 100 requests a second: seen from
        // the intended moment of sending, those who were due in that second waited for its end.
        var tally = new LoadTally(TimeSpan.Zero, TimeSpan.FromSeconds(10));
        foreach (var due in ArrivalTimes.Of(ArrivalKind.Constant, 100, seed: 1).TakeWhile(due => due < TimeSpan.FromSeconds(10)))
        {
            var stalled = due >= TimeSpan.FromSeconds(9);
            var sent = stalled ? TimeSpan.FromSeconds(10) : due;
            tally.Answered(due, sent, sent + TimeSpan.FromMilliseconds(1), 200, false, 10, 20);
        }

        var plan = new LoadPlan
        {
            Server = new Uri("http://localhost"),
            Arrivals = ArrivalKind.Constant,
            Rate = 100,
        };
        var report = tally.Report(plan, 0);
        Assert.Equal(1000, report.Requests);
        AssertNear(1, report.Latency.P50);
        // The 95th and 99th percentiles lie halfway and nine tenths into a second that ends for all at once.
        Assert.InRange(report.Latency.P95, 480, 530);
        Assert.InRange(report.Latency.P99, 890, 930);
        AssertNear(1001, report.Latency.Max);
        Assert.Equal("intended-send-time", report.LatencyFrom);
        AssertNear(1000, report.SendLag.Max);
    }

    [Fact]
    public void WhatWasDueOutsideTheMeasuredTime_DoesNotCount()
    {
        var second = TimeSpan.FromSeconds(1);
        var tally = new LoadTally(second, 3 * second);
        tally.Answered(0.5 * second, 0.5 * second, 0.6 * second, 200, false, 1, 1);
        tally.Answered(0.9 * second, 0.9 * second, 1.5 * second, 200, false, 1, 1);
        tally.Answered(2 * second, 2 * second, 2.1 * second, 503, true, 1, 1);
        tally.Answered(2 * second, 2 * second, 2.2 * second, 503, false, 1, 1);
        tally.Answered(2.9 * second, 2.9 * second, 3.5 * second, 200, false, 1, 1);
        tally.Failed(2.5 * second, 2.5 * second, "timeout");
        tally.Failed(3.5 * second, 3.5 * second, "timeout");

        var report = tally.Report(new LoadPlan { Server = new Uri("http://localhost"), Arrivals = ArrivalKind.Closed }, 0);

        // One answer fell into the two seconds, whenever it was asked for.
        Assert.Equal(0.5, report.Throughput);
        Assert.Equal(4, report.Requests);
        Assert.Equal(1, report.Latency.Count);
        Assert.Equal(new Dictionary<string, long> { ["200"] = 1, ["503"] = 2 }, report.Statuses);
        Assert.Equal(0.5, report.RefusedShare);
        Assert.Equal(1, report.RefusalsWithoutRetryAfter);
        Assert.Equal(1, report.Errors["timeout"]);
    }

    private static double AtRank(double[] sorted, double quantile) =>
        sorted[Math.Max(0, (int)Math.Ceiling((quantile * sorted.Length) - 1e-9) - 1)];

    /// <summary>Equal to the histogram's three digits and the last digit of a microsecond.</summary>
    private static void AssertNear(double expected, double actual) =>
        Assert.InRange(actual, (expected * (1 - Precision)) - 0.001, (expected * (1 + Precision)) + 0.001);
}
