using GeoTagService.Core;
using GeoTagService.Core.Places;
using GeoTagService.Training.Storage;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>What <c>geotag embed</c> stored, photo by photo: the id, the embeddings and the place of each.</summary>
public sealed class StoredEmbeddings : ListSource
{
    private readonly EmbeddingStore _store;
    private string? _identity;
    private int _read;

    /// <summary>Opens the store.</summary>
    /// <exception cref="StoreException">It is damaged, or its parts do not belong together.</exception>
    public StoredEmbeddings(string path)
    {
        Location = Path.GetFullPath(path);
        _store = EmbeddingStore.Open(path);
    }

    /// <summary>Length of an embedding.</summary>
    public int Dimension => _store.Layout.Dimension;

    /// <summary>Digest of the bundle that made the embeddings.</summary>
    public string Model => _store.Layout.Model;

    /// <inheritdoc/>
    public override string Location { get; }

    /// <inheritdoc/>
    public override string Identity => _identity ??= _store.ContentDigest();

    /// <inheritdoc/>
    public override double Fraction => (double)_read / Math.Max(1, _store.Entries.Count);

    /// <inheritdoc/>
    public override ListBookmark Bookmark => new(_read);

    /// <inheritdoc/>
    public override IEnumerable<ListItem> Read(ListBookmark from)
    {
        int[] rows = [.. Enumerable.Range(0, _store.Entries.Count)];
        var (images, titles) = (_store.Images(rows), _store.Titles(rows));
        for (_read = (int)from.Position; _read < rows.Length; _read++)
        {
            var entry = _store.Entries[_read];
            // An Irish place is given as its square, as metadata have it: to heads that take numbers it is none.
            var elsewhere = entry.Parts.HasFlag(RowParts.PlaceElsewhere)
                ? GridReference.FromPosition(LocationFeatures.Decode(entry.Latitude, entry.Longitude), 1000)?.ToString()
                : null;
            var place = entry.Parts.HasFlag(RowParts.Place) ? LocationFeatures.Decode(entry.Latitude, entry.Longitude) : (GeoPosition?)null;
            yield return new ListItem
            {
                Position = _read,
                Id = entry.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
                Latitude = place?.Latitude,
                Longitude = place?.Longitude,
                GridReference = elsewhere,
                ImageEmbedding = Row(images, entry, RowParts.Image),
                TitleEmbedding = Row(titles, entry, RowParts.Title),
                Fault = (entry.Parts & (RowParts.Image | RowParts.Title)) == RowParts.None ? Empty(entry) : null,
            };
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _store.Dispose();

    private float[]? Row(FeatureMatrix matrix, StoreEntry entry, RowParts part)
    {
        if (!entry.Parts.HasFlag(part))
        {
            return null;
        }

        var values = new float[Dimension];
        matrix.CopyRow(_read, values);
        return values;
    }

    private static ListFault Empty(StoreEntry entry) =>
        new(
            "missing-input",
            null,
            entry.Parts.HasFlag(RowParts.PhotoUnreadable) ? "The photo could not be read when the store was made, and it has no title."
                : entry.Parts.HasFlag(RowParts.PhotoMissing) ? "The photo was missing when the store was made, and it has no title."
                : "The store holds neither image nor title of this photo."
        );
}
