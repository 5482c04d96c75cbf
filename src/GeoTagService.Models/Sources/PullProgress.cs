namespace GeoTagService.Models.Sources;

/// <summary>What a pull is doing.</summary>
public enum PullStage
{
    /// <summary>Bytes of a file arrive.</summary>
    Fetching,

    /// <summary>Something failed and is tried again, or elsewhere; the text says what.</summary>
    Retrying,

    /// <summary>A file is complete and its digest is right.</summary>
    Verified,

    /// <summary>The bundle is being made.</summary>
    Building,
}

/// <summary>A report of progress.</summary>
/// <param name="Stage">What is done.</param>
/// <param name="What">File name, or a few words.</param>
/// <param name="Bytes">Bytes of the file that are here.</param>
/// <param name="TotalBytes">Its size, where known.</param>
/// <param name="BytesPerSecond">Mean rate of this transfer; 0 before it is known.</param>
/// <param name="Remaining">Time left at that rate, where it can be told.</param>
public sealed record PullProgress(
    PullStage Stage,
    string What,
    long Bytes = 0,
    long? TotalBytes = null,
    double BytesPerSecond = 0,
    TimeSpan? Remaining = null
);

/// <summary>Measures one transfer and reports it ten times a second at most.</summary>
internal sealed class TransferMeter(IProgress<PullProgress>? progress, TimeProvider time, string name, long startBytes, long? totalBytes)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private readonly long _started = time.GetTimestamp();
    private TimeSpan? _reported;

    public void Report(long bytes)
    {
        var elapsed = time.GetElapsedTime(_started);
        if (_reported is { } last && elapsed - last < Interval && bytes != totalBytes)
        {
            return;
        }

        _reported = elapsed;
        var rate = elapsed > TimeSpan.Zero ? (bytes - startBytes) / elapsed.TotalSeconds : 0;
        TimeSpan? remaining =
            rate > 0 && totalBytes is { } total && (total - bytes) / rate < TimeSpan.MaxValue.TotalSeconds
                ? TimeSpan.FromSeconds((total - bytes) / rate)
                : null;
        progress?.Report(new PullProgress(PullStage.Fetching, name, bytes, totalBytes, rate, remaining));
    }
}
