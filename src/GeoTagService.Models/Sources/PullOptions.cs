using GeoTagService.Core.Bundles;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Sources;

/// <summary>What to install, and where.</summary>
public sealed record PullOptions
{
    /// <summary>The bundle's directory; it must not exist yet, or hold this very bundle.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>
    /// A mirror's base address or a directory of files fetched before, instead of the published homes; null for those.
    /// Files lie under their names, heads also under <c>heads/</c>.
    /// </summary>
    public string? From { get; init; }

    /// <summary>Which variants of the encoders to write. Default fp32.</summary>
    public IReadOnlyList<ClipPrecision> Precisions { get; init; } = [ClipPrecision.Fp32];

    /// <summary>Which operators they are written with.</summary>
    public ClipGraphStyle Style { get; init; } = ClipGraphStyle.Plain;

    /// <summary>
    /// Runs the new bundle and compares it with the weights that it was converted from (null for an adopted ONNX pair) and
    /// with known answers; a bundle that fails is removed. Null checks nothing.
    /// </summary>
    public Func<Bundle, IClipWeights?, IReadOnlyList<SelfCheckResult>>? SelfCheck { get; init; }

    /// <summary>Keeps the fetched files beside the bundle. Default false.</summary>
    public bool KeepDownloads { get; init; }
}

/// <summary>How patient a transfer is.</summary>
public sealed record TransferOptions
{
    /// <summary>Attempts at one address without any progress. Default 5.</summary>
    public int MaximumAttempts { get; init; } = 5;

    /// <summary>Pause before the second attempt; it doubles each time and is drawn between half and all of it. Default 1 s.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest pause, a server's Retry-After included. Default 2 minutes.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A transfer that brings less than <see cref="SlowestBytes"/> in this time is cut. Default 30 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes that must arrive in each <see cref="StallTimeout"/>. Default 64 KiB.</summary>
    public int SlowestBytes { get; init; } = 64 << 10;

    /// <summary>Most bytes of a file whose size is not pinned. Default 2 GiB.</summary>
    public long LargestUnpinned { get; init; } = 2L << 30;
}
