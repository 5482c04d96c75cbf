using GeoTagService.Api.Fetching;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;

namespace GeoTagService.Api.Batches;

/// <summary>One item of a batch as it was read: what to do, or why it cannot be done, and the memory that it holds until it
/// was worked on.</summary>
internal sealed class BatchEntry : IDisposable
{
    private UploadBuffer? _photo;
    private Upload? _upload;

    private BatchEntry(string? id, TaggingError? problem, bool isLast)
    {
        Id = id;
        Problem = problem;
        IsLast = isLast;
    }

    /// <summary>The caller's id.</summary>
    public string? Id { get; }

    /// <summary>Why the item cannot be worked on, or null.</summary>
    public TaggingError? Problem { get; }

    /// <summary>Whether the request broke off here, so that nothing can follow.</summary>
    public bool IsLast { get; }

    /// <summary>Photo, title, place and options.</summary>
    public TagInput Input { get; private set; } = new();

    /// <summary>Where its photo is to be fetched from, or null.</summary>
    public string? PhotoAddress { get; private init; }

    /// <summary>Embeddings computed earlier, when the item carries those instead of a photo and a title.</summary>
    public ItemEmbeddings? Embeddings { get; private init; }

    /// <summary>How many of the most probable tags are listed, or null.</summary>
    public int? Top { get; private init; }

    /// <summary>What the reader noticed.</summary>
    public IReadOnlyList<TagWarning> Warnings { get; private init; } = [];

    /// <summary>An item to tag.</summary>
    /// <param name="draft">What was read; its photo is taken over.</param>
    /// <param name="upload">The memory that it holds, taken over, or null.</param>
    public static BatchEntry ToTag(RequestDraft draft, Upload? upload) =>
        new(draft.Id, null, false)
        {
            Input = draft.ToInput(),
            Top = draft.ToTop,
            Warnings = [.. draft.Warnings()],
            PhotoAddress = draft.PhotoAddress,
            _photo = draft.Photo,
            _upload = upload,
        };

    /// <summary>An item to score from its embeddings.</summary>
    public static BatchEntry ToScore(RequestDraft draft) =>
        new(draft.Id, null, false)
        {
            Input = draft.ToInput(),
            Top = draft.ToTop,
            Embeddings = new ItemEmbeddings(draft.ImageVector?.Values, draft.TitleVector?.Values),
            Warnings = [.. draft.Warnings(), .. draft.VectorWarnings()],
        };

    /// <summary>An item that cannot be worked on.</summary>
    public static BatchEntry Refused(string? id, TaggingError problem) => new(id, problem, false);

    /// <summary>The place where the request breaks off.</summary>
    public static BatchEntry BrokenOff(TaggingError problem) => new(null, problem, true);

    /// <summary>Fetches its photo, where it has one to be fetched.</summary>
    /// <returns>Why it was not fetched, or null.</returns>
    public async ValueTask<TaggingError?> FetchPhotoAsync(PhotoFetcher fetcher, long maxImageBytes, CancellationToken cancellationToken)
    {
        if (PhotoAddress is null)
        {
            return null;
        }

        _photo = new UploadBuffer(maxImageBytes, RequestFaults.ImageTooLarge(maxImageBytes), _upload);
        if (await fetcher.FetchAsync(PhotoAddress, _photo, cancellationToken) is { } fault)
        {
            return fault;
        }

        Input = Input with { Image = _photo.Memory };
        return null;
    }

    /// <summary>Keeps the photo's bytes out of the pool, when somebody may still be reading them.</summary>
    public void AbandonPhoto()
    {
        _photo?.Abandon();
        _photo = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _photo?.Dispose();
        _photo = null;
        _upload?.Dispose();
        _upload = null;
    }
}
