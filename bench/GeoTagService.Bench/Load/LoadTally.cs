using System.Collections.Concurrent;
using System.Globalization;

namespace GeoTagService.Bench.Load;

/// <summary>Counts what becomes of requests; safe for many threads. What was due before the measured time is not counted.</summary>
internal sealed class LoadTally(TimeSpan begin, TimeSpan end)
{
    private readonly Latencies _answered = new();
    private readonly Latencies _refused = new();
    private readonly Latencies _lag = new();
    private readonly ConcurrentDictionary<int, long> _statuses = new();
    private readonly ConcurrentDictionary<string, long> _errors = new();
    private long _requests;
    private long _completed;
    private long _silentRefusals;
    private long _sent;
    private long _received;

    /// <summary>Whether a moment lies within the measured time.</summary>
    public bool Covers(TimeSpan moment) => moment >= begin && moment < end;

    /// <summary>Takes note of an answer.</summary>
    /// <param name="due">When its request was due.</param>
    /// <param name="sentAt">When it was sent.</param>
    /// <param name="now">When its last byte came.</param>
    /// <param name="status">Its status.</param>
    /// <param name="hasRetryAfter">Whether it says when to come again.</param>
    /// <param name="bytesSent">Bytes of the request's body.</param>
    /// <param name="bytesReceived">Bytes of the answer's body.</param>
    public void Answered(TimeSpan due, TimeSpan sentAt, TimeSpan now, int status, bool hasRetryAfter, long bytesSent, long bytesReceived)
    {
        if (status == 200 && Covers(now))
        {
            Interlocked.Increment(ref _completed);
        }

        if (!Covers(due))
        {
            return;
        }

        Ended(due, sentAt);
        Interlocked.Add(ref _sent, bytesSent);
        Interlocked.Add(ref _received, bytesReceived);
        _statuses.AddOrUpdate(status, 1, static (_, count) => count + 1);
        if (status == 200)
        {
            _answered.Add(now - due);
        }
        else if (status is 503 or 429)
        {
            _refused.Add(now - sentAt);
            if (!hasRetryAfter)
            {
                Interlocked.Increment(ref _silentRefusals);
            }
        }
    }

    /// <summary>Takes note of a request that got no answer.</summary>
    public void Failed(TimeSpan due, TimeSpan sentAt, string reason)
    {
        if (Covers(due))
        {
            Ended(due, sentAt);
            _errors.AddOrUpdate(reason, 1, static (_, count) => count + 1);
        }
    }

    /// <summary>The report.</summary>
    public LoadReport Report(LoadPlan plan, double generatorProcessorSeconds)
    {
        var refused = _statuses.GetValueOrDefault(503) + _statuses.GetValueOrDefault(429);
        var seconds = (end - begin).TotalSeconds;
        return new LoadReport
        {
            Server = plan.Server.ToString(),
            Mode = LoadModeNames.NameOf(plan.Mode),
            Arrivals = plan.Arrivals switch
            {
                ArrivalKind.Closed => "closed",
                ArrivalKind.Constant => "constant",
                _ => "poisson",
            },
            Concurrency = plan.Arrivals == ArrivalKind.Closed ? plan.Concurrency : 0,
            Rate = plan.Arrivals == ArrivalKind.Closed ? 0 : plan.Rate,
            Seconds = seconds,
            LatencyFrom = plan.Arrivals == ArrivalKind.Closed ? "send-time" : "intended-send-time",
            Requests = _requests,
            Throughput = Math.Round(_completed / seconds, 3),
            Latency = _answered.Summarize(),
            Statuses = _statuses
                .OrderBy(pair => pair.Key)
                .ToDictionary(pair => pair.Key.ToString(CultureInfo.InvariantCulture), pair => pair.Value),
            RefusedShare = _requests == 0 ? 0 : Math.Round((double)refused / _requests, 4),
            Refusals = _refused.Summarize(),
            RefusalsWithoutRetryAfter = _silentRefusals,
            Errors = _errors.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(pair => pair.Key, pair => pair.Value),
            BytesSent = _sent,
            BytesReceived = _received,
            SendLag = _lag.Summarize(),
            GeneratorProcessorSeconds = Math.Round(generatorProcessorSeconds, 3),
        };
    }

    private void Ended(TimeSpan due, TimeSpan sentAt)
    {
        Interlocked.Increment(ref _requests);
        _lag.Add(sentAt - due);
    }
}
