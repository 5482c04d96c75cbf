using GeoTagService.FaultTests.Gateway;

namespace GeoTagService.FaultTests;

/// <summary>A machine whose clock is set while it serves: forward by a day, and back by two.</summary>
public sealed class ClockTests
{
    private const string SkipReason = "libfaketime is not installed (Debian: apt-get install libfaketime)";

    /// <summary>For <c>SkipUnless</c>.</summary>
    public static bool IsAvailable => Library is not null;

    private static string? Library { get; } =
        new[] { "x86_64-linux-gnu", "aarch64-linux-gnu" }
            .Select(machine => $"/usr/lib/{machine}/faketime/libfaketime.so.1")
            .FirstOrDefault(File.Exists);

    [Fact(Skip = SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task ClockThatIsSet_ChangesNoAnswerAndNoLimit()
    {
        var clock = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(clock, "+0\n", TestContext.Current.CancellationToken);
            await using var service = await ServiceProcess
                .Start(
                    new Dictionary<string, string>
                    {
                        ["LD_PRELOAD"] = Library!,
                        ["FAKETIME_TIMESTAMP_FILE"] = clock,
                        ["FAKETIME_NO_CACHE"] = "1",
                        // A clock that is set is the wall's; what counts seconds since the start goes on.
                        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
                    },
                    "--GeoTag:Cache:Enabled=false"
                )
                .ReadyAsync();
            await using var traffic = await Traffic.StartAsync(service.Address, clients: 2);
            using var client = new HttpClient { BaseAddress = service.Address };
            foreach (var (offset, days) in new[] { ("+1d", 1.0), ("-2d", -2.0), ("+0", 0.0) })
            {
                await traffic.MoreAsync(10);
                await File.WriteAllTextAsync(clock, offset + "\n", TestContext.Current.CancellationToken);
                // Seen from outside, so that this tests what it says.
                await Eventually.TrueAsync(async () =>
                {
                    using var answer = await client.GetAsync("v1/model", TestContext.Current.CancellationToken);
                    return Math.Abs((answer.Headers.Date!.Value - DateTimeOffset.UtcNow).TotalDays - days) < 0.1;
                });
                await traffic.MoreAsync(10);
                using var ready = await client.GetAsync("health/ready", TestContext.Current.CancellationToken);
                Assert.True(ready.IsSuccessStatusCode, await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            }

            await traffic.EndAsync();
            Assert.Empty(traffic.Failed);
        }
        finally
        {
            File.Delete(clock);
        }
    }
}
