using System.Text.Json.Serialization;

namespace GeoTagService.Bench.Load;

/// <summary>What one run of load saw.</summary>
public sealed record LoadReport
{
    /// <summary>The service.</summary>
    public required string Server { get; init; }

    /// <summary><c>photo</c>, <c>title</c> or <c>photo+title</c>.</summary>
    public required string Mode { get; init; }

    /// <summary><c>closed</c>, <c>constant</c> or <c>poisson</c>.</summary>
    public required string Arrivals { get; init; }

    /// <summary>Clients of a closed loop; 0 for an open one.</summary>
    public int Concurrency { get; init; }

    /// <summary>Requests a second that an open loop was to send; 0 for a closed one.</summary>
    public double Rate { get; init; }

    /// <summary>Seconds that were measured.</summary>
    public required double Seconds { get; init; }

    /// <summary>Where a latency begins: <c>intended-send-time</c> in an open loop, so that a service that stalls is charged
    /// with those who could not even send (no coordinated omission); <c>send-time</c> in a closed one, where nobody is due
    /// before his last answer came.</summary>
    public required string LatencyFrom { get; init; }

    /// <summary>Requests that were due within the measured time.</summary>
    public required long Requests { get; init; }

    /// <summary>Answers with 200 that came within the measured time, a second.</summary>
    public required double Throughput { get; init; }

    /// <summary>Answers with 200, in milliseconds.</summary>
    public required LatencySummary Latency { get; init; }

    /// <summary>Answers by status.</summary>
    public required IReadOnlyDictionary<string, long> Statuses { get; init; }

    /// <summary>Share of the requests that were refused with 503 or 429.</summary>
    public required double RefusedShare { get; init; }

    /// <summary>How long those refusals took from the moment that the request was sent, in milliseconds.</summary>
    public required LatencySummary Refusals { get; init; }

    /// <summary>Refusals that did not say when to come again.</summary>
    public required long RefusalsWithoutRetryAfter { get; init; }

    /// <summary>Requests without an answer, by reason: <c>timeout</c>, or the connection's fault.</summary>
    public required IReadOnlyDictionary<string, long> Errors { get; init; }

    /// <summary>Bytes of the requests' bodies.</summary>
    public required long BytesSent { get; init; }

    /// <summary>Bytes of the answers' bodies.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>How late requests of an open loop were sent, in milliseconds: the generator's own part of their latency.</summary>
    public required LatencySummary SendLag { get; init; }

    /// <summary>Processor seconds that the generator itself took of the machine in the measured time.</summary>
    public required double GeneratorProcessorSeconds { get; init; }
}

/// <summary>How reports become JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LoadReport))]
public sealed partial class LoadJson : JsonSerializerContext;
