using System.ComponentModel.DataAnnotations;
using GeoTagService.Core.Settings;

namespace GeoTagService.Core.Batching;

/// <summary>The micro-batcher's settings, section <c>GeoTag:Batching</c>.</summary>
public sealed class BatchingOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "GeoTag:Batching";

    /// <summary>Most photos of one inference. Unset (default) it is what suits the processor: 8 on a CPU, where throughput levels
    /// off, 64 on a card. 1 to 256.</summary>
    [Range(1, 256)]
    public int? MaxBatchSize { get; set; }

    /// <summary>Most titles of one inference; together they are never wider than <see cref="MaxBatchSize"/> titles of
    /// full length, so that a run of titles does not hold the machine for longer than one of photos. Unset (default) it is what
    /// suits the processor: 64 on a CPU, 128 on a card. 1 to 1,024.</summary>
    [Range(1, 1024)]
    public int? MaxTitleBatchSize { get; set; }

    /// <summary>How long a free worker waits for company after the first item. Default zero: take what is queued.</summary>
    [TimeRange("00:00:00", "00:00:01")]
    public TimeSpan Linger { get; set; } = TimeSpan.Zero;

    /// <summary>Most items that wait in a lane; one more is refused at once. Default 256, 1 to 65,536.</summary>
    [Range(1, 65_536)]
    public int QueueCapacity { get; set; } = 256;

    /// <summary>Full batches that may stand in a lane's queue under lasting overload; a longer queue is a burst, of which a
    /// lane admits <see cref="QueueCapacity"/> items between two moments of rest. Default 4, 1 to 65,536.</summary>
    [Range(1, 65_536)]
    public int StandingBatches { get; set; } = 4;

    /// <summary>Longest time that an item may be expected to wait before it is refused at the door. Default 10 s.</summary>
    [TimeRange("00:00:00.010", "00:10:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stop waits for queued items before it fails the rest. Default 20 s.</summary>
    [TimeRange("00:00:00", "00:10:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a lane may have work without moving before the readiness probe fails. Default 60 s.</summary>
    [TimeRange("00:00:01", "01:00:00")]
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Most photos of one inference on a processor.</summary>
    internal int PhotosOn(EncoderRuntime runtime) => MaxBatchSize ?? runtime.PhotoBatch;

    /// <summary>Most titles of one inference on a processor.</summary>
    internal int TitlesOn(EncoderRuntime runtime) => MaxTitleBatchSize ?? runtime.TitleBatch;
}
