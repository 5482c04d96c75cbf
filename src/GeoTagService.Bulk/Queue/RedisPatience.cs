using GeoTagService.Core;
using StackExchange.Redis;

namespace GeoTagService.Bulk.Queue;

/// <summary>Asks a Redis server until it answers: one that restarts, or has no memory left, is waited for.</summary>
/// <param name="tell">Is told once that the server is away, and once that it is back.</param>
/// <param name="time">The clock.</param>
internal sealed class RedisPatience(Action<string> tell, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>What a server says that is busy with itself: starting, becoming a replica, at the limit of its memory.</summary>
    private static readonly string[] PassingErrors =
    [
        "LOADING",
        "BUSY ",
        "MASTERDOWN",
        "READONLY",
        "TRYAGAIN",
        "CLUSTERDOWN",
        "OOM",
        "MISCONF",
    ];

    private int _isAway;

    /// <summary>Asks.</summary>
    /// <exception cref="RunFailureException">The server refuses for good.</exception>
    public async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                // Not abandoned halfway: tasks that were handed out would be in nobody's hand. The driver has a limit of its own.
                cancellationToken.ThrowIfCancellationRequested();
                var answer = await ask().ConfigureAwait(false);
                if (Interlocked.Exchange(ref _isAway, 0) == 1)
                {
                    tell("the queue answers again");
                }

                return answer;
            }
            catch (Exception fault) when (IsPassing(fault))
            {
                if (Interlocked.Exchange(ref _isAway, 1) == 0)
                {
                    tell($"the queue: {Brief(fault)}; waiting for it");
                }

                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
            catch (RedisException fault) when (fault is not RedisServerException { Message: ['N', 'O', 'G', 'R', 'O', 'U', 'P', ..] })
            {
                throw new RunFailureException(RunFailure.Environment, $"the queue: {Brief(fault)}", fault);
            }
        }
    }

    private static bool IsPassing(Exception fault) =>
        fault switch
        {
            RedisConnectionException or RedisTimeoutException => true,
            RedisServerException refusal => PassingErrors.Any(start => refusal.Message.StartsWith(start, StringComparison.Ordinal)),
            _ => false,
        };

    /// <summary>The driver's messages go on with pages of its own counters.</summary>
    private static string Brief(Exception fault)
    {
        if (fault is RedisConnectionException)
        {
            return "there is no connection to the Redis server";
        }

        if (fault is RedisTimeoutException)
        {
            return "the Redis server does not answer in time";
        }

        return fault.Message.ReplaceLineEndings(" ");
    }
}
