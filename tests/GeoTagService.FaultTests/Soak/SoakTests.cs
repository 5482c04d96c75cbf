using System.Diagnostics;
using System.Globalization;
using GeoTagService.FaultTests.Gateway;

namespace GeoTagService.FaultTests.Soak;

/// <summary>
/// Mixed traffic at nine tenths of what two replicas behind a real gateway can do, while replicas are killed and restarted: every answer
/// right, nothing lost but what a killed replica had in hand. <c>GEOTAG_SOAK_MINUTES</c> says how long (a fifth of a minute);
/// <c>GEOTAG_SOAK_REPORT</c> names a directory for the table and the plot.
/// </summary>
public sealed class SoakTests(TwoReplicas both) : IClassFixture<TwoReplicas>
{
    private const double ShareOfCapacity = 0.9;

    /// <summary>Of an hour: a replica is killed every 5 minutes, all are restarted in turn every 15.</summary>
    private const int Kills = 12,
        RollingEvery = 3;

    /// <summary>For <c>SkipUnless</c>.</summary>
    public static bool IsAvailable => GatewayProcess.IsAvailable;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Skip = GatewayProcess.SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task MixedTraffic_GetsRightAnswersWhileReplicasComeAndGo()
    {
        var minutes = double.TryParse(
            Environment.GetEnvironmentVariable("GEOTAG_SOAK_MINUTES"),
            CultureInfo.InvariantCulture,
            out var asked
        )
            ? asked
            : 0.2;
        using var clients = new SoakClients(both.Gateway.Address);
        await clients.LearnAsync();
        await clients.ClosedAsync(8, TimeSpan.FromMinutes(minutes / 30));
        var capacity = await clients.ClosedAsync(8, TimeSpan.FromMinutes(minutes / 30));
        var report = new SoakReport(Stopwatch.GetTimestamp(), capacity, capacity * ShareOfCapacity);
        var measuring = clients.Answers.Count;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var traffic = clients.OpenAsync(capacity * ShareOfCapacity, seed: 1, enough.Token);
        var samples = report.WatchAsync(both, TimeSpan.FromMinutes(minutes / 120), enough.Token);

        // A short soak has fewer bad days, not shorter ones.
        var kills = Math.Clamp((int)(Kills * minutes / 60), 1, 1000);
        for (var kill = 1; kill <= kills; kill++)
        {
            await Task.Delay(TimeSpan.FromMinutes(minutes / (kills + 1)), Token);
            await KillAsync(kill % 2, report);
            if (kill % RollingEvery == 0 || kill == kills)
            {
                await RestartInTurnAsync(report);
            }
        }

        await Task.Delay(TimeSpan.FromMinutes(minutes / (kills + 1)), Token);
        await enough.CancelAsync();
        await traffic;
        await samples;
        var answers = clients.Answers.Skip(measuring).ToList();
        if (Environment.GetEnvironmentVariable("GEOTAG_SOAK_REPORT") is { Length: > 0 } directory)
        {
            await report.WriteAsync(directory, answers);
        }

        Assert.NotEmpty(answers);
        Assert.Empty(clients.Answers.Where(answer => answer.IsWrong).Select(answer => answer.Result).Take(5));
        Assert.Empty(
            answers.Where(answer => answer.IsLost && !report.WasInHand(answer)).Select(answer => $"{answer.Kind}: {answer.Result}")
        );
        Assert.All(both.Replicas, replica => Assert.False(replica.Process.HasExited));
    }

    private async Task KillAsync(int index, SoakReport report)
    {
        var began = Stopwatch.GetTimestamp();
        both.Replicas[index].Kill();
        await both.Replicas[index].ExitAsync();
        report.Killed(began, Stopwatch.GetTimestamp());
        await both.StartAgainAsync(index);
    }

    private async Task RestartInTurnAsync(SoakReport report)
    {
        report.RestartBegins();
        for (var i = 0; i < both.Replicas.Count; i++)
        {
            both.Replicas[i].Stop();
            Assert.Equal(0, await both.Replicas[i].ExitAsync());
            await both.StartAgainAsync(i);
            await Task.Delay(TimeSpan.FromSeconds(1), Token);
        }
    }
}
