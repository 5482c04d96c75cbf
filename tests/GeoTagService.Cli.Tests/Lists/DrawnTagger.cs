using System.Security.Cryptography;
using System.Text;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Lists;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Core.Tags;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Scores by digest of photo and title, at once: what is tagged twice is tagged alike, and what differs differs. It can
/// be told to call somebody before any item, and to fail in passing.</summary>
internal sealed class DrawnTagger(IListPhotos photos, int photosAtOnce = 1) : IListTagger
{
    private int _tagged;

    /// <summary>Called with the number of items so far, before each.</summary>
    public Action<int>? Before { get; init; }

    /// <summary>Which items fail in passing.</summary>
    public Func<ListItem, bool> FailsInPassing { get; init; } = _ => false;

    /// <summary>Items that were tagged.</summary>
    public int Tagged => _tagged;

    public string Identity { get; init; } = "drawn";

    public ListModel Model { get; } = new(new AboutModel("drawn", "1.0.0", new string('d', 64), "demonstration", null), 16, ["drawn"]);

    public (int Embedded, int Photos) GroupSize => (16, photosAtOnce);

    public async Task<ListOutcome[]> TagAsync(IReadOnlyList<ListItem> items, CancellationToken cancellationToken)
    {
        var outcomes = new ListOutcome[items.Count];
        for (var i = 0; i < items.Count; i++)
        {
            var number = Interlocked.Increment(ref _tagged);
            Before?.Invoke(number);
            cancellationToken.ThrowIfCancellationRequested();
            outcomes[i] = await TagAsync(items[i], cancellationToken);
        }

        return outcomes;
    }

    private async Task<ListOutcome> TagAsync(ListItem item, CancellationToken cancellationToken)
    {
        if (FailsInPassing(item))
        {
            return new ListFault("overloaded", null, "The machine is busy.");
        }

        var (photo, fault) =
            item.Image is null ? default
            : item.Photo is { } read ? new PhotoOutcome(read, null)
            : await photos.ReadAsync(item, cancellationToken);
        if (fault is not null)
        {
            return fault;
        }

        if (photo?.Bytes.AsSpan().StartsWith("bad"u8) ?? false)
        {
            return new ListFault("unsupported-media", "image", "This is no photo.");
        }

        var seed = SHA256.HashData([.. photo?.Bytes ?? [], .. Encoding.UTF8.GetBytes(item.Title ?? "")]);
        var probabilities = Enumerable.Range(0, TagCatalog.Count).Select(tag => seed[tag % seed.Length] / 256f).ToArray();
        return new ListOutcome(new ListScores(probabilities, null, "drawn", []), null) { Photo = photo?.Stamp };
    }
}
