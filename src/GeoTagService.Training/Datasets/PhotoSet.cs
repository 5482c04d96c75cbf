using GeoTagService.Training.Datasets.SemiSynthetic;
using GeoTagService.Training.Storage;
using GeoTagService.Training.Tables;

namespace GeoTagService.Training.Datasets;

/// <summary>Photos with where they come from: a store, or the semi-synthetic generator. Disposing closes the store.</summary>
public sealed class PhotoSet : IDisposable
{
    private readonly EmbeddingStore? _store;

    private PhotoSet(
        TrainingData data, long[] ids, int dimension, string description, int leftOut, int withoutImage, EmbeddingStore? store)
    {
        Data = data;
        Ids = ids;
        EmbeddingDimension = dimension;
        Description = description;
        LeftOut = leftOut;
        WithoutImage = withoutImage;
        _store = store;
    }

    /// <summary>Embeddings, places, labels.</summary>
    public TrainingData Data { get; }

    /// <summary>Numbers of the photos.</summary>
    public long[] Ids { get; }

    /// <summary>Length of an embedding.</summary>
    public int EmbeddingDimension { get; }

    /// <summary>Digest of the bundle whose encoders made the embeddings; null for a semi-synthetic set.</summary>
    public string? Model => _store?.Layout.Model;

    /// <summary>One line that names the set.</summary>
    public string Description { get; }

    /// <summary>Photos of the store that are not in the set: without labels, or without a photo.</summary>
    public int LeftOut { get; }

    /// <summary>Photos in the set whose image embedding is all zero, because there was no photo to read.</summary>
    public int WithoutImage { get; }

    /// <summary>A semi-synthetic set.</summary>
    public static PhotoSet SemiSynthetic(int rows, int seed) => new(
        SemiSyntheticSet.Create(rows, seed),
        [.. Enumerable.Range(1, rows).Select(row => (long)row)],
        SemiSyntheticSet.Dimension,
        $"semi-synthetic, {rows} rows, seed {seed}",
        0,
        0,
        null);

    /// <summary>The photos of a store that have labels and an image embedding, by ascending id, so that the split does not
    /// hang on the order in which they were embedded.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="labels">Labels by id.</param>
    /// <exception cref="StoreException">The store cannot be opened, or shares no photo with the labels.</exception>
    public static PhotoSet Labelled(string directory, LabelTable labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return Open(directory, entry => entry.Parts.HasFlag(RowParts.Image) && labels.Labels.ContainsKey(entry.Id), id => labels.Labels[id]);
    }

    /// <summary>All photos of a store, without labels, by ascending id.</summary>
    public static PhotoSet Unlabelled(string directory) => Open(directory, _ => true, _ => 0);

    /// <inheritdoc/>
    public void Dispose() => _store?.Dispose();

    private static PhotoSet Open(string directory, Predicate<StoreEntry> keep, Func<long, ulong> labelsOf)
    {
        var store = EmbeddingStore.Open(directory);
        var rows = Enumerable.Range(0, store.Entries.Count)
            .Where(row => keep(store.Entries[row]))
            .OrderBy(row => store.Entries[row].Id)
            .ToArray();
        if (rows.Length == 0)
        {
            store.Dispose();
            throw new StoreException($"{directory} holds no photo that is wanted here (one with an embedding and with labels)");
        }

        var ids = Array.ConvertAll(rows, row => store.Entries[row].Id);
        var data = new TrainingData(
            Array.ConvertAll(ids, id => labelsOf(id)), store.Images(rows), store.Titles(rows), store.Places(rows));
        return new PhotoSet(
            data,
            ids,
            store.Layout.Dimension,
            $"{rows.Length} photos of model {store.Layout.Model}",
            store.Entries.Count - rows.Length,
            rows.Count(row => !store.Entries[row].Parts.HasFlag(RowParts.Image)),
            store);
    }
}
