using GeoTagService.Core.Encoders;
using GeoTagService.Core.Heads;

namespace GeoTagService.Core.Tagging;

/// <summary>
/// The spine of the service, the same for HTTP and the command line: decode, tokenise, wait in the lanes, score,
/// decide. Safe to call from many threads at once.
/// </summary>
public sealed class PhotoTagger
{
    /// <summary>Creates the tagger over a loaded model.</summary>
    public PhotoTagger(LoadedModel model)
    {
        Model = model;
    }

    /// <summary>The model that it asks.</summary>
    public LoadedModel Model { get; }

    /// <summary>
    /// Whether a request would be refused now for want of room or of time, so that the edge can refuse it before it
    /// reads an upload. Null means welcome; a later refusal remains possible.
    /// </summary>
    /// <param name="offered">The parts that the request holds.</param>
    /// <param name="timeout">How long its client will wait, or null.</param>
    public TaggingError? RefusalAtTheDoor(Modalities offered, TimeSpan? timeout) => throw new NotSupportedException();

    /// <summary>Tags one item.</summary>
    /// <param name="input">The item.</param>
    /// <param name="cancellationToken">Ends the wait; the item is not encoded any more when it has not begun.</param>
    /// <returns>The result, or what was wrong with the item.</returns>
    public Task<Outcome<TagResult>> TagAsync(TagInput input, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <summary>Encodes a photo, a title, or both.</summary>
    /// <param name="image">The encoded photo, or null.</param>
    /// <param name="title">The title, or null; an empty one is encoded as such.</param>
    /// <param name="applyOrientation">Whether to turn the photo as its EXIF orientation says.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Raw projections (not normalised) of the parts that were given.</returns>
    public Task<Outcome<ItemEmbeddings>> EmbedAsync(
        ReadOnlyMemory<byte>? image, string? title, bool applyOrientation, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <summary>Tags one item from embeddings that were computed earlier; no photo is touched.</summary>
    /// <param name="embeddings">Raw projections of this model's encoders.</param>
    /// <param name="inputWithoutImage">Place and options; its photo and title are not looked at.</param>
    public Outcome<TagResult> TagFromEmbeddings(ItemEmbeddings embeddings, TagInput inputWithoutImage) =>
        throw new NotSupportedException();
}
