using System.Threading.RateLimiting;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;
using GeoTagService.Core;

namespace GeoTagService.Api.Batches;

/// <summary>One item of a batch as it was read: what to do, or why it cannot be done, and the memory that it holds until it
/// was worked on.</summary>
internal sealed class BatchEntry : IDisposable
{
    private UploadBuffer? _photo;
    private RateLimitLease? _share;

    private BatchEntry(string? id, TagProblem? problem, bool isLast)
    {
        Id = id;
        Problem = problem;
        IsLast = isLast;
    }

    /// <summary>The caller's id.</summary>
    public string? Id { get; }

    /// <summary>Why the item cannot be worked on, or null.</summary>
    public TagProblem? Problem { get; }

    /// <summary>Whether the request broke off here, so that nothing can follow.</summary>
    public bool IsLast { get; }

    /// <summary>Photo, title, place and options.</summary>
    public TagInput Input { get; private init; } = new();

    /// <summary>Embeddings computed earlier, when the item carries those instead of a photo and a title.</summary>
    public ItemEmbeddings? Embeddings { get; private init; }

    /// <summary>What the reader noticed.</summary>
    public IReadOnlyList<TagWarning> Warnings { get; private init; } = [];

    /// <summary>An item to tag.</summary>
    public static BatchEntry ToTag(
        string? id, TagInput input, IReadOnlyList<TagWarning> warnings, UploadBuffer? photo, RateLimitLease? share) =>
        new(id, null, false) { Input = input, Warnings = warnings, _photo = photo, _share = share };

    /// <summary>An item to score from its embeddings.</summary>
    public static BatchEntry ToScore(
        string? id, ItemEmbeddings embeddings, TagInput placeAndOptions, IReadOnlyList<TagWarning> warnings) =>
        new(id, null, false) { Input = placeAndOptions, Embeddings = embeddings, Warnings = warnings };

    /// <summary>An item that cannot be worked on.</summary>
    public static BatchEntry Refused(string? id, TagProblem problem) => new(id, problem, false);

    /// <summary>The place where the request breaks off.</summary>
    public static BatchEntry BrokenOff(TagProblem problem) => new(null, problem, true);

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
        _share?.Dispose();
        _share = null;
    }
}
