using System.Globalization;
using System.Text.Json;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Ledgers;

/// <summary>How a lease keeps time.</summary>
/// <param name="Beat">How often its holder shows that it lives.</param>
/// <param name="Silence">After how long without that it is dead, where it cannot be looked for.</param>
/// <param name="Look">How often one that waits looks.</param>
public sealed record LeaseTimes(TimeSpan Beat, TimeSpan Silence, TimeSpan Look)
{
    /// <summary>What is used.</summary>
    public static LeaseTimes Default { get; } = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(40), TimeSpan.FromMilliseconds(500));
}

/// <summary>
/// The right to write a run's files, held by one process at a time. A lease is a file beside the ledger whose name has a number
/// that only grows. It is made under another name and linked to its own, which succeeds for one process alone, on network
/// file systems too. Its holder touches it; whoever waits watches the file's time with its own clock, so that clocks need not
/// agree. A dead holder's lease is followed by the next number, and its file is deleted, by which a holder that was only
/// asleep learns that it has lost the run.
/// </summary>
public sealed class RunLease : IDisposable
{
    private readonly string _path;
    private readonly ITimer _beat;
    private volatile bool _isLost;

    private RunLease(string path, long epoch, bool isTakenOver, LeaseTimes times, TimeProvider time)
    {
        (_path, Epoch, IsTakenOver) = (path, epoch, isTakenOver);
        _beat = time.CreateTimer(_ => Beat(time), null, times.Beat, times.Beat);
    }

    /// <summary>Number of the lease; each is greater than all before.</summary>
    public long Epoch { get; }

    /// <summary>Whether the lease was taken from a process that fell silent, and that is not known to be dead.</summary>
    public bool IsTakenOver { get; }

    /// <summary>Takes the lease of a run.</summary>
    /// <param name="ledger">The run's ledger.</param>
    /// <param name="held">Told once who holds it, when it is held; false from it ends the attempt instead of waiting.</param>
    /// <param name="times">How it keeps time.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lease; null when somebody holds it and that was not to be waited for.</returns>
    public static async Task<RunLease?> AcquireAsync(
        string ledger,
        Func<LeaseHolder, bool> held,
        LeaseTimes times,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        (long Epoch, DateTime Time) seen = default;
        var since = time.GetTimestamp();
        LeaseHolder? told = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var last = Highest(ledger);
            var isTakenOver = false;
            if (last > 0)
            {
                var path = PathOf(ledger, last);
                if (ReadHolder(path) is not { } holder)
                {
                    // It was given back in this moment.
                    continue;
                }

                var now = (last, File.GetLastWriteTimeUtc(path));
                (seen, since) = now == seen ? (seen, since) : (now, time.GetTimestamp());
                var lives = holder.Lives();
                isTakenOver = lives is null && time.GetElapsedTime(since) >= times.Silence;
                if (lives is not false && !isTakenOver)
                {
                    if (told != holder && !held(holder))
                    {
                        return null;
                    }

                    told = holder;
                    await Task.Delay(times.Look, time, cancellationToken).ConfigureAwait(false);
                    continue;
                }
            }

            if (TryTake(ledger, Math.Max(last, EpochOf(ledger)) + 1, isTakenOver, times, time) is { } lease)
            {
                return lease;
            }
        }
    }

    /// <summary>Whether a process that lives, as far as can be seen, holds the lease of a run.</summary>
    public static LeaseHolder? HolderOf(string ledger) =>
        Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(ledger)))
        && Highest(ledger) is > 0 and var last
        && ReadHolder(PathOf(ledger, last)) is { } holder
        && holder.Lives() is not false
            ? holder
            : null;

    /// <summary>Says that the lease is still held.</summary>
    /// <exception cref="RunFailureException">Another process has taken it over.</exception>
    public void Require()
    {
        if (_isLost || !File.Exists(_path))
        {
            _isLost = true;
            throw new RunFailureException(
                RunFailure.Environment,
                "another process has taken this run over, because this one gave no sign of life for too long; what it wrote is kept"
            );
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _beat.Dispose();
        if (!_isLost)
        {
            File.Delete(_path);
        }
    }

    private static RunLease? TryTake(string ledger, long epoch, bool isTakenOver, LeaseTimes times, TimeProvider time)
    {
        var path = PathOf(ledger, epoch);
        var own = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllBytes(own, JsonSerializer.SerializeToUtf8Bytes(LeaseHolder.Present, LeaseJson.Default.LeaseHolder));
        try
        {
            // Links, and fails where the name is taken.
            File.Move(own, path, overwrite: false);
        }
        catch (IOException fault)
        {
            File.Delete(own);
            if (IsTaken(fault))
            {
                return null;
            }

            throw;
        }

        // Between the look and the link the run may have been done by others, to its end.
        if (EpochOf(ledger) >= epoch || Highest(ledger) > epoch)
        {
            File.Delete(path);
            return null;
        }

        for (var before = Lower(ledger, epoch); before > 0; before = Lower(ledger, epoch))
        {
            File.Delete(PathOf(ledger, before));
        }

        return new RunLease(path, epoch, isTakenOver, times, time);
    }

    /// <summary>Whether a name could not be had because it was there: asked of the fault, for whoever had it may have given it
    /// back since.</summary>
    private static bool IsTaken(IOException fault)
    {
        const int exists = 17;
        const int alreadyExistsOnWindows = unchecked((int)0x800700B7);
        return fault.HResult is exists or alreadyExistsOnWindows;
    }

    private void Beat(TimeProvider time)
    {
        try
        {
            File.SetLastWriteTimeUtc(_path, time.GetUtcNow().UtcDateTime);
        }
        catch (FileNotFoundException)
        {
            _isLost = true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // A sign of life that could not be given; the next one may be.
        }
    }

    private static string PathOf(string ledger, long epoch) => $"{ledger}.lease-{epoch.ToString(CultureInfo.InvariantCulture)}";

    private static long Highest(string ledger) => Epochs(ledger).DefaultIfEmpty(0).Max();

    private static long Lower(string ledger, long epoch) => Epochs(ledger).Where(other => other < epoch).DefaultIfEmpty(0).Max();

    private static IEnumerable<long> Epochs(string ledger)
    {
        var prefix = Path.GetFileName(ledger) + ".lease-";
        return Directory
            .EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(ledger))!, prefix + "*")
            .Select(path =>
                long.TryParse(Path.GetFileName(path).AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
                    ? epoch
                    : 0
            );
    }

    /// <summary>The last number under which the run's ledgers were written.</summary>
    private static long EpochOf(string ledger)
    {
        return Math.Max(Of(ledger), Of(ledger + RunPaths.UpdateEnding));

        static long Of(string path)
        {
            try
            {
                return ListLedger.Load(path)?.Epoch ?? 0;
            }
            catch (Exception fault) when (fault is RunFailureException or IOException)
            {
                return 0;
            }
        }
    }

    private static LeaseHolder? ReadHolder(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), LeaseJson.Default.LeaseHolder);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (JsonException)
        {
            // Half written before a power cut: whoever it was, silence will tell.
            return new LeaseHolder("a machine that is not named", "", 0, 0);
        }
    }
}
