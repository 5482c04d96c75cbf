using System.Globalization;
using GeoTagService.Bench.Load;

namespace GeoTagService.Bench.Service;

/// <summary>Runs loads against one service: closed loops first, then open ones at shares of the capacity that those found.</summary>
public sealed class ServiceBench(Uri server, int? processId, LoadContent content, LoadPlan plan)
{
    private static readonly TimeSpan ReadingInterval = TimeSpan.FromSeconds(1);

    private readonly LoadSeries _loads = new(content);

    /// <summary>Runs them all.</summary>
    /// <param name="concurrencies">Clients of each closed loop, at least one.</param>
    /// <param name="shares">Shares of the capacity of each open loop; 0.9 is 90 %.</param>
    /// <param name="tell">Told of each load when it has ended.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ServiceReport> RunAsync(
        IReadOnlyList<int> concurrencies,
        IReadOnlyList<double> shares,
        Action<ServiceLoad> tell,
        CancellationToken cancellationToken
    )
    {
        // Not counted: a service that has just started is still packing its weights.
        await _loads
            .RunAsync(plan with { Arrivals = ArrivalKind.Closed, Concurrency = concurrencies.Max() }, cancellationToken)
            .ConfigureAwait(false);
        var loads = new List<ServiceLoad>();
        foreach (var clients in concurrencies)
        {
            await AddAsync($"closed {clients}", plan with { Arrivals = ArrivalKind.Closed, Concurrency = clients }).ConfigureAwait(false);
        }

        var capacity = loads.Max(load => load.Load.Throughput);
        foreach (var share in shares)
        {
            if (capacity > 0)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"open {share * 100:0} %");
                await AddAsync(name, plan with { Arrivals = ArrivalKind.Poisson, Rate = share * capacity }).ConfigureAwait(false);
            }
        }

        return new ServiceReport(Environment.ProcessorCount, capacity, loads);

        async Task AddAsync(string name, LoadPlan load)
        {
            var measured = await MeasureAsync(name, load, cancellationToken).ConfigureAwait(false);
            tell(measured);
            loads.Add(measured);
        }
    }

    private async Task<ServiceLoad> MeasureAsync(string name, LoadPlan load, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = server };
        var before = await ServiceReadings.ReadAsync(client, cancellationToken).ConfigureAwait(false);
        using var loadEnded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pauses = new Latencies();
        var watch = before is null ? Task.CompletedTask : WatchPausesAsync(client, before, pauses, loadEnded.Token);
        var report = await _loads.RunAsync(load, cancellationToken).ConfigureAwait(false);
        await loadEnded.CancelAsync().ConfigureAwait(false);
        await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var after = before is null ? null : await ServiceReadings.ReadAsync(client, cancellationToken).ConfigureAwait(false);
        var answers = report.Statuses.Values.Sum();
        // Readings span the warm-up too; so do the answers that they are divided by, taken in proportion.
        var all = answers * (load.Duration + load.Warmup) / load.Duration;
        return new ServiceLoad(
            name,
            report,
            after?.BatchesSince(before!, "image") ?? new Dictionary<string, long>(),
            after?.BatchesSince(before!, "title") ?? new Dictionary<string, long>(),
            after is null ? 0 : Math.Round(after.ProcessorSeconds - before!.ProcessorSeconds, 2),
            after is null || answers == 0 ? 0 : Math.Round((after.AllocatedBytes - before!.AllocatedBytes) / all),
            pauses.Summarize(),
            Memory("VmHWM"),
            Memory("VmRSS")
        );
    }

    private static async Task WatchPausesAsync(
        HttpClient client,
        ServiceReadings first,
        Latencies pauses,
        CancellationToken cancellationToken
    )
    {
        using var timer = new PeriodicTimer(ReadingInterval);
        for (var last = first; await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false); )
        {
            if (await ServiceReadings.ReadAsync(client, cancellationToken).ConfigureAwait(false) is { } now)
            {
                if (now.Collections > last.Collections)
                {
                    pauses.Add(TimeSpan.FromSeconds(now.PauseSeconds - last.PauseSeconds));
                }

                last = now;
            }
        }
    }

    /// <summary>A line of the process's status, in bytes; 0 where there is none.</summary>
    private long Memory(string name)
    {
        var status = $"/proc/{processId}/status";
        return
            processId is not null
            && File.Exists(status)
            && File.ReadLines(status).FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal)) is { } found
            ? long.Parse(found[(name.Length + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) * 1024
            : 0;
    }
}
