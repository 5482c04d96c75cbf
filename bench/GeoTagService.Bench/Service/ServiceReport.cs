using System.Text.Json.Serialization;
using GeoTagService.Bench.Load;

namespace GeoTagService.Bench.Service;

/// <summary>One load and what it did to the service.</summary>
/// <param name="Name">The load.</param>
/// <param name="Load">What the generator saw.</param>
/// <param name="PhotoBatches">Runs of photos by the bucket of their size.</param>
/// <param name="TitleBatches">Runs of titles by the bucket of their size.</param>
/// <param name="ServiceProcessorSeconds">Processor seconds of the service, warm-up included.</param>
/// <param name="AllocatedBytesPerRequest">Managed bytes that the service allocated, for each answer of any status.</param>
/// <param name="Pauses">Pauses of the collector, those that fell between two readings a second apart taken for one.</param>
/// <param name="PeakResidentBytes">Most memory of the process so far; 0 where the process is not ours.</param>
/// <param name="ResidentBytes">Its memory after the load.</param>
public sealed record ServiceLoad(
    string Name,
    LoadReport Load,
    IReadOnlyDictionary<string, long> PhotoBatches,
    IReadOnlyDictionary<string, long> TitleBatches,
    double ServiceProcessorSeconds,
    double AllocatedBytesPerRequest,
    LatencySummary Pauses,
    long PeakResidentBytes,
    long ResidentBytes
);

/// <summary>A service under all loads.</summary>
/// <param name="Cores">Processors of the machine.</param>
/// <param name="Capacity">Best throughput of the closed loops, requests a second.</param>
/// <param name="Loads">Every load, in the order that they ran.</param>
public sealed record ServiceReport(int Cores, double Capacity, IReadOnlyList<ServiceLoad> Loads);

/// <summary>How reports become JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ServiceReport))]
public sealed partial class ServiceJson : JsonSerializerContext;
