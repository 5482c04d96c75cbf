using System.Diagnostics;

namespace GeoTagService.Bench.Load;

/// <summary>Sends requests as a plan says and reports what became of them.</summary>
public static class LoadRunner
{
    /// <summary>Runs a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="content">What requests hold.</param>
    /// <param name="firstNumber">Number of the first request: runs one after another against one service take other numbers.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<LoadReport> RunAsync(LoadPlan plan, LoadContent content, long firstNumber, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = int.MaxValue,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
            UseProxy = false,
            UseCookies = false,
        };
        using var client = new HttpClient(handler) { BaseAddress = plan.Server, Timeout = plan.Timeout };
        var end = plan.Warmup + plan.Duration;
        var sender = new Sender(client, content, firstNumber, new LoadTally(plan.Warmup, end), cancellationToken);
        var processor = MeasureProcessorAsync(plan, cancellationToken);
        await (
            plan.Arrivals == ArrivalKind.Closed ? RunClosedAsync(plan, sender, end) : RunOpenAsync(plan, sender, end, cancellationToken)
        ).ConfigureAwait(false);
        return sender.Tally.Report(plan, await processor.ConfigureAwait(false));
    }

    /// <summary>More than one load sends: the first number of the next lies so far on.</summary>
    public const long NumbersOfALoad = 1_000_000_000;

    /// <summary>A first number that no earlier run against the same service used.</summary>
    public static long NumberByTheClock() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    private static Task RunClosedAsync(LoadPlan plan, Sender sender, TimeSpan end) =>
        Task.WhenAll(
            Enumerable
                .Range(0, plan.Concurrency)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        for (var now = sender.Now; now < end; now = sender.Now)
                        {
                            await sender.SendAsync(now).ConfigureAwait(false);
                        }
                    })
                )
        );

    private static async Task RunOpenAsync(LoadPlan plan, Sender sender, TimeSpan end, CancellationToken cancellationToken)
    {
        using var room = new SemaphoreSlim(plan.MaxUnderWay);
        var underWay = new List<Task>();
        foreach (var due in ArrivalTimes.Of(plan.Arrivals, plan.Rate, plan.Seed).TakeWhile(due => due < end))
        {
            var wait = due - sender.Now;
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
            underWay.Add(SendAsync(due));
            if (underWay.Count > 2 * plan.MaxUnderWay)
            {
                underWay.RemoveAll(task => task.IsCompletedSuccessfully);
            }
        }

        await Task.WhenAll(underWay).ConfigureAwait(false);

        async Task SendAsync(TimeSpan due)
        {
            try
            {
                // Away from the clock's loop: what sending costs must not make the next request late.
                await Task.Run(() => sender.SendAsync(due), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                room.Release();
            }
        }
    }

    /// <summary>Processor seconds of this process within the measured time.</summary>
    private static async Task<double> MeasureProcessorAsync(LoadPlan plan, CancellationToken cancellationToken)
    {
        await Task.Delay(plan.Warmup, cancellationToken).ConfigureAwait(false);
        var before = Environment.CpuUsage.TotalTime;
        await Task.Delay(plan.Duration, cancellationToken).ConfigureAwait(false);
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    /// <summary>Sends one request after another and tallies their ends.</summary>
    private sealed class Sender(
        HttpClient client,
        LoadContent content,
        long firstNumber,
        LoadTally tally,
        CancellationToken cancellationToken
    )
    {
        private static readonly Uri Path = new("v1/tags", UriKind.Relative);

        private readonly long _start = Stopwatch.GetTimestamp();
        private long _next = firstNumber - 1;

        public LoadTally Tally => tally;

        public TimeSpan Now => Stopwatch.GetElapsedTime(_start);

        public async Task SendAsync(TimeSpan due)
        {
            using var form = content.FormOf(Interlocked.Increment(ref _next));
            var length = form.Length;
            var sentAt = Now;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = form };
                using var answer = await client
                    .SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken)
                    .ConfigureAwait(false);
                tally.Answered(
                    due,
                    sentAt,
                    Now,
                    (int)answer.StatusCode,
                    answer.Headers.RetryAfter is not null,
                    length,
                    answer.Content.Headers.ContentLength ?? 0
                );
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                tally.Failed(due, sentAt, "timeout");
            }
            catch (HttpRequestException fault)
            {
                tally.Failed(due, sentAt, fault.HttpRequestError.ToString());
            }
        }
    }
}
