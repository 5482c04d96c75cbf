using System.Globalization;
using GeoTagService.Bulk;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tagging;
using GeoTagService.Training.Storage;

namespace GeoTagService.Cli.Commands;

/// <summary>One line of the metadata that is to be embedded.</summary>
/// <param name="Id">The photo's number.</param>
/// <param name="Title">Its title.</param>
/// <param name="Place">Its place on the British grid: a head's input.</param>
/// <param name="Elsewhere">Its place on the Irish grid.</param>
internal sealed record EmbedItem(long Id, string? Title, GeoPosition? Place, GeoPosition? Elsewhere = null);

/// <summary>Embeds photos, many at once, and commits them in the order of the file. Says what it does on standard error.</summary>
internal sealed class EmbedRun(
    TaggerSession session,
    EmbeddingStoreWriter store,
    string photos,
    string layout,
    bool applyOrientation,
    TitleFrom titleFrom,
    Func<double> fraction,
    TextWriter error
)
{
    private const int FaultsShown = 20;
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(5);

    private readonly long _began = TimeProvider.System.GetTimestamp();
    private readonly int _before = store.Photos;
    private long _reported = TimeProvider.System.GetTimestamp();
    private double _from = -1;
    private int _missing;
    private int _unreadable;
    private int _duplicates;
    private int _done;
    private int _embedded;
    private int _skipped;
    private int _changed;

    /// <summary>Photos of this run without an image embedding.</summary>
    public int Failed => _missing + _unreadable;

    /// <summary>Whether nothing is left to do: a photo without an image is tried again once its file is there, and one that was changed, or
    /// whose title or place was, is embedded anew.</summary>
    public bool IsDone(EmbedItem item)
    {
        var isThere = store.Contains(item.Id);
        var isChanged = isThere && IsChanged(item);
        var done = isThere && !isChanged && !(store.LacksImage(item.Id) && File.Exists(PathOf(item.Id)));
        _skipped += done ? 1 : 0;
        _changed += isChanged ? 1 : 0;
        return done;
    }

    /// <summary>A file of the same size and time is taken to be the same; one of another time is read to know.</summary>
    private bool IsChanged(EmbedItem item)
    {
        var (before, file) = (store.ContentOf(item.Id), new FileInfo(PathOf(item.Id)));
        if (before == default || (!file.Exists && !store.LacksImage(item.Id)))
        {
            return false;
        }

        if (before.Row != DigestOf(item))
        {
            return true;
        }

        return file.Exists
            && before.Photo != 0
            && (file.Length, file.LastWriteTimeUtc.Ticks) != (before.Size, before.Time)
            && PhotoFile.ReadStamped(file.FullName, session.Settings.Tagging.MaxImageBytes, out _)
                is { IsSuccess: true, Value.Stamp.Digest: var digest }
            && digest != before.Photo;
    }

    private ulong DigestOf(EmbedItem item) =>
        ItemKey.OfId(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{(item.Title is null ? '-' : '+')}{item.Title}\0{item.Place?.Latitude} {item.Place?.Longitude}{(TakesOwnTitle(item) ? "\0own" : "")}"
            )
                + (
                    item.Elsewhere is { } place
                        ? string.Create(CultureInfo.InvariantCulture, $"\0{place.Latitude} {place.Longitude}")
                        : string.Empty
                )
        );

    /// <summary>Whether the photo's own title counts.</summary>
    private bool TakesOwnTitle(EmbedItem item) => titleFrom == TitleFrom.Metadata && string.IsNullOrWhiteSpace(item.Title);

    public void CountDuplicate(long id)
    {
        _duplicates++;
        Say(_duplicates, $"photo {id} is in the metadata twice; its first line counts");
    }

    public async Task RunAsync(IEnumerable<EmbedItem> items, int parallel, int rowsPerCommit, CancellationToken cancellationToken)
    {
        // Bounded: the file may have 600,000 lines, and a photo under way holds its bytes.
        var underWay =
            new Queue<(EmbedItem Item, Task<(RowParts Parts, ItemEmbeddings? Embeddings, PhotoStamp Photo, string? Fault)> Work)>();
        var uncommitted = 0;
        try
        {
            foreach (var item in items)
            {
                // Lines that were done before cost nothing and would promise too much.
                _from = _from < 0 ? fraction() : _from;
                underWay.Enqueue((item, Task.Run(() => EmbedAsync(item, cancellationToken), cancellationToken)));
                if (underWay.Count >= parallel)
                {
                    await TakeAsync().ConfigureAwait(false);
                }
            }

            while (underWay.Count > 0)
            {
                await TakeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            // Also when it was interrupted or an item failed: what is embedded is not embedded again.
            store.Commit();
        }

        async Task TakeAsync()
        {
            var (item, work) = underWay.Dequeue();
            var (parts, embeddings, photo, fault) = await work.ConfigureAwait(false);
            _missing += parts.HasFlag(RowParts.PhotoMissing) ? 1 : 0;
            _unreadable += parts.HasFlag(RowParts.PhotoUnreadable) ? 1 : 0;
            if (fault is not null)
            {
                Say(Failed, fault);
            }

            var (latitude, longitude) = LocationFeatures.Encode(item.Place ?? item.Elsewhere);
            _embedded += parts.HasFlag(RowParts.Image) ? 1 : 0;
            store.Add(
                new StoreEntry(item.Id, parts | PartOf(item), latitude, longitude),
                embeddings?.Image,
                embeddings?.Title,
                new StoreContent(photo.Digest, photo.Size, photo.Time, DigestOf(item))
            );
            _done++;
            if (++uncommitted == rowsPerCommit)
            {
                store.Commit();
                uncommitted = 0;
            }

            ReportProgress();
        }
    }

    private static RowParts PartOf(EmbedItem item) =>
        item.Place is not null ? RowParts.Place
        : item.Elsewhere is not null ? RowParts.PlaceElsewhere
        : RowParts.None;

    /// <summary>The closing lines.</summary>
    public void Report(int broken)
    {
        var failed = Failed > 0 ? $"; {Failed} left without their image ({_missing} missing, {_unreadable} unreadable)" : string.Empty;
        var without =
            store.PhotosWithoutImage > 0
                ? $", {store.PhotosWithoutImage} of them without an image; the same command tries these again once their files are there"
                : string.Empty;
        var changed = _changed > 0 ? $", {_changed} of them anew, because photo, title or place was changed" : string.Empty;
        var skipped =
            _duplicates + broken > 0
                ? $"; skipped {Counted.Of(_duplicates, "line")} of a photo that was there, {Counted.Of(broken, "broken line")}"
                : string.Empty;
        error.WriteLine(
            $"geotag: {Counted.Of(_embedded, "photo")} embedded{changed}, {_skipped} were there already{failed}{skipped}; the store holds {store.Photos}{without}"
        );
    }

    private async Task<(RowParts Parts, ItemEmbeddings? Embeddings, PhotoStamp Photo, string? Fault)> EmbedAsync(
        EmbedItem item,
        CancellationToken cancellationToken
    )
    {
        var path = PathOf(item.Id);
        if (!File.Exists(path))
        {
            return await WithoutPhotoAsync(RowParts.PhotoMissing, $"{path}: there is no such photo").ConfigureAwait(false);
        }

        var read = PhotoFile.ReadStamped(path, session.Settings.Tagging.MaxImageBytes, out _);
        if (!read.IsSuccess)
        {
            return await WithoutPhotoAsync(RowParts.PhotoUnreadable, $"{path}: {read.Error.Detail}").ConfigureAwait(false);
        }

        var title = TakesOwnTitle(item) ? PhotoTagger.OwnTitleOf(read.Value.Bytes, cancellationToken)?.Text ?? item.Title : item.Title;
        var outcome = await session.Tagger.EmbedAsync(read.Value.Bytes, title, applyOrientation, cancellationToken).ConfigureAwait(false);
        return outcome switch
        {
            { IsSuccess: true } => (PartsOf(outcome.Value), outcome.Value, read.Value.Stamp, null),
            { Error.Code: TaggingErrorCode.InvalidImage or TaggingErrorCode.ImageTooLarge or TaggingErrorCode.UnsupportedMedia } =>
                await WithoutPhotoAsync(RowParts.PhotoUnreadable, $"{path}: {outcome.Error.Detail}").ConfigureAwait(false),
            _ => throw CommandFailureException.From(outcome.Error, path),
        };

        async Task<(RowParts Parts, ItemEmbeddings? Embeddings, PhotoStamp Photo, string? Fault)> WithoutPhotoAsync(
            RowParts why,
            string fault
        )
        {
            if (item.Title is null)
            {
                return (why, null, default, fault);
            }

            var title = await session.Tagger.EmbedAsync(null, item.Title, applyOrientation, cancellationToken).ConfigureAwait(false);
            return title.IsSuccess
                ? (why | PartsOf(title.Value), title.Value, default, fault)
                : throw CommandFailureException.From(title.Error, $"title of {item.Id}");
        }
    }

    private string PathOf(long id) =>
        Path.Combine(
            photos,
            layout
                .Replace("{folder}", (id / 10_000).ToString("D5", CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("{id}", id.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        );

    private static RowParts PartsOf(ItemEmbeddings embeddings) =>
        (embeddings.Image is null ? RowParts.None : RowParts.Image) | (embeddings.Title is null ? RowParts.None : RowParts.Title);

    private void ReportProgress()
    {
        if (TimeProvider.System.GetElapsedTime(_reported) < ReportEvery)
        {
            return;
        }

        _reported = TimeProvider.System.GetTimestamp();
        var elapsed = TimeProvider.System.GetElapsedTime(_began);
        var here = fraction();
        var left = here > _from ? $", {elapsed * ((1 - here) / (here - _from)):hh\\:mm\\:ss} left" : string.Empty;
        error.WriteLine($"geotag: {Counted.Of(_before + _done, "photo")}, {_done / elapsed.TotalSeconds:0.0}/s{left}");
    }

    private void Say(int number, string what)
    {
        if (number <= FaultsShown)
        {
            error.WriteLine($"geotag: {what}{(number == FaultsShown ? " (further ones are only counted)" : string.Empty)}");
        }
    }
}
