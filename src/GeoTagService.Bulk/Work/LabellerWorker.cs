using GeoTagService.Bulk.Fetching;
using GeoTagService.Core;
using GeoTagService.Core.Tagging;

namespace GeoTagService.Bulk.Work;

/// <summary>What a worker of a labeller is to do.</summary>
public sealed record LabellerWork
{
    /// <summary>How it treats the labeller.</summary>
    public required WorkManners Labeller { get; init; }

    /// <summary>How it treats the host of the photos.</summary>
    public required WebManners Photos { get; init; }

    /// <summary>Most bytes of a photo.</summary>
    public required long MaxPhotoBytes { get; init; }

    /// <summary>How rows with a title are scored.</summary>
    public required TagOptions Titled { get; init; }

    /// <summary>How rows without one are.</summary>
    public required TagOptions Untitled { get; init; }

    /// <summary>Directory of what was not handed in yet and of rows that could not be had; one worker's alone.</summary>
    public required string State { get; init; }

    /// <summary>The first wait of a post that was not taken.</summary>
    public required TimeSpan Delay { get; init; }

    /// <summary>File that a line of each row is added to; null for none.</summary>
    public string? Record { get; init; }
}

/// <summary>Works for a labeller: takes photos, tags them, hands in what they show. Not safe for use by two threads.</summary>
public sealed class LabellerWorker : IDisposable
{
    private readonly PatientHttp _http;
    private readonly PhotoFetcher _fetcher;
    private readonly Outbox _outbox;
    private readonly FileStream? _record;
    private readonly WorkRunner _runner;

    /// <summary>Opens the directory of its state; nobody is asked for anything yet.</summary>
    /// <param name="work">What it is to do.</param>
    /// <param name="tagger">Tags the photos.</param>
    /// <param name="tell">Told what people should know, a line each.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="RunFailureException">Another worker has the directory, or it holds something that is no post.</exception>
    public LabellerWorker(LabellerWork work, PhotoTagger tagger, Action<string> tell, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(tagger);
        var manners = work.Labeller;
        _outbox = new Outbox(work.State, manners.Attempts, work.Delay, time);
        try
        {
            var difficult = new DifficultRows(work.State, manners.Attempts);
            _record = work.Record is { } path ? new FileStream(path, FileMode.Append, FileAccess.Write) : null;
            _http = new PatientHttp(
                work.Photos with
                {
                    Caller = work.Photos.Caller with { BundleDigest = tagger.Model.Bundle.Digest },
                },
                time
            );
            _fetcher = new PhotoFetcher(_http, work.Photos, work.MaxPhotoBytes);
            _runner = new WorkRunner(
                new Labeller(manners, _http),
                _outbox,
                difficult,
                new RowTagger(_fetcher, tagger, work.Titled, work.Untitled, time),
                manners,
                _record,
                tell,
                time
            );
        }
        catch
        {
            _outbox.Dispose();
            _record?.Dispose();
            throw;
        }
    }

    /// <summary>How it goes.</summary>
    public WorkTotals Totals => _runner.Totals;

    /// <summary>Posts that the labeller has not taken yet.</summary>
    public int Waiting => _outbox.Waiting;

    /// <summary>Posts that it did not take again and again, which wait for the next start.</summary>
    public int Aside => _outbox.Aside;

    /// <summary>Works, and in the end hands in what is left.</summary>
    /// <param name="polls">How often to ask for photos; null goes on until it is cancelled.</param>
    /// <param name="cancellationToken">Ends the work; what is computed is handed in by the next run.</param>
    /// <exception cref="RunFailureException">The photo host refuses everything, or the machine is at fault.</exception>
    public async Task RunAsync(int? polls, CancellationToken cancellationToken)
    {
        await _runner.RunAsync(polls, cancellationToken).ConfigureAwait(false);
        await _runner.SendRestAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runner.Dispose();
        _record?.Dispose();
        _outbox.Dispose();
        _fetcher.Dispose();
        _http.Dispose();
    }
}
