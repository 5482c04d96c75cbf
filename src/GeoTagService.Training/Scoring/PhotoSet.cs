using GeoTagService.Training.Datasets;
using GeoTagService.Training.Datasets.SemiSynthetic;
using GeoTagService.Training.Storage;
using GeoTagService.Training.Tables;

namespace GeoTagService.Training.Scoring;

/// <summary>Photos with where they come from: a store, or the semi-synthetic generator. Disposing closes the store.</summary>
public sealed class PhotoSet : IDisposable
{
    private const string OfModel = " of model ";

    private readonly EmbeddingStore? _store;

    private PhotoSet(TrainingData data, long[] ids, int dimension, string description, int leftOut, int withoutImage, EmbeddingStore? store)
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

    /// <summary>The model that a set's description names, or null.</summary>
    /// <param name="description">The description, or a text around it.</param>
    public static string? ModelIn(string? description)
    {
        var at = description?.IndexOf(OfModel, StringComparison.Ordinal) ?? -1;
        return at < 0 ? null : description![(at + OfModel.Length)..].Split(' ', ',')[0];
    }

    /// <summary>Photos of the store that are not in the set: without labels, or without a photo.</summary>
    public int LeftOut { get; }

    /// <summary>Photos that are cut off at the store's end.</summary>
    public int Torn => _store?.Torn ?? 0;

    /// <summary>Labels of photos that the store does not hold.</summary>
    public int Strangers { get; private init; }

    /// <summary>Photos in the set whose image embedding is all zero, because there was no photo to read.</summary>
    public int WithoutImage { get; }

    /// <summary>A semi-synthetic set.</summary>
    public static PhotoSet SemiSynthetic(int rows, int seed) =>
        new(
            SemiSyntheticSet.Create(rows, seed),
            [.. Enumerable.Range(1, rows).Select(row => (long)row)],
            SemiSyntheticSet.Dimension,
            $"semi-synthetic, {rows} rows, seed {seed}",
            0,
            0,
            null
        );

    /// <summary>Photos of the drawn country in which tags depend on the place, embedded by the same generator.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="seed">Which of its photos.</param>
    /// <param name="strength">How much tags depend on the place.</param>
    public static PhotoSet Placed(int rows, int seed, double strength) =>
        new(
            PlacedWorld.Embed(new PlacedWorld(PlacedWorld.Usual, strength).Draw(rows, seed), seed),
            [.. Enumerable.Range(1, rows).Select(row => (long)row)],
            SemiSyntheticSet.Dimension,
            string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"semi-synthetic country, place strength {strength}, {rows} rows, seed {seed}"
            ),
            0,
            0,
            null
        );

    /// <summary>The photos of a store that have labels and an image embedding, by ascending id, so that the split does not
    /// hang on the order in which they were embedded.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="labels">Labels by id.</param>
    /// <param name="only">Only these photos, or null for all.</param>
    /// <exception cref="StoreException">The store cannot be opened, or shares no photo with the labels.</exception>
    public static PhotoSet Labelled(string directory, LabelTable labels, IReadOnlySet<long>? only = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return Open(
            directory,
            entry => entry.Parts.HasFlag(RowParts.Image) && labels.Labels.ContainsKey(entry.Id) && only?.Contains(entry.Id) != false,
            id => labels.Labels[id],
            null,
            store =>
            {
                var held = store.Entries.Select(entry => entry.Id).ToHashSet();
                return labels.Labels.Keys.Count(id => only?.Contains(id) != false && !held.Contains(id));
            }
        );
    }

    /// <summary>All photos of a store, without labels, by ascending id.</summary>
    public static PhotoSet Unlabelled(string directory) => Open(directory, _ => true, _ => 0, null);

    /// <summary>Photos of a store, without labels, in the order asked for. Those that the store lacks are left out, and so
    /// are, where the image is needed, those without its embedding.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="ids">Which photos, each once.</param>
    /// <param name="needImage">Whether a photo without an image embedding is of no use.</param>
    /// <exception cref="StoreException">The store cannot be opened, or holds none of the photos.</exception>
    public static PhotoSet Unlabelled(string directory, IReadOnlyList<long> ids, bool needImage)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var places = ids.Select((id, at) => (id, at)).ToDictionary(pair => pair.id, pair => pair.at);
        return Open(
            directory,
            entry => places.ContainsKey(entry.Id) && (!needImage || entry.Parts.HasFlag(RowParts.Image)),
            _ => 0,
            places
        );
    }

    /// <inheritdoc/>
    public void Dispose() => _store?.Dispose();

    private static PhotoSet Open(
        string directory,
        Predicate<StoreEntry> keep,
        Func<long, ulong> labelsOf,
        Dictionary<long, int>? order,
        Func<EmbeddingStore, int>? strangers = null
    )
    {
        var store = EmbeddingStore.Open(directory);
        var rows = Enumerable
            .Range(0, store.Entries.Count)
            .Where(row => keep(store.Entries[row]))
            .OrderBy(row => order is null ? store.Entries[row].Id : order[store.Entries[row].Id])
            .ToArray();
        if (rows.Length == 0)
        {
            store.Dispose();
            throw new StoreException($"{directory} holds no photo that is wanted here (one with an embedding and with labels)");
        }

        var ids = Array.ConvertAll(rows, row => store.Entries[row].Id);
        var data = new TrainingData(Array.ConvertAll(ids, id => labelsOf(id)), store.Images(rows), store.Titles(rows), store.Places(rows))
        {
            Positions = store.Positions(rows),
        };
        return new PhotoSet(
            data,
            ids,
            store.Layout.Dimension,
            $"{rows.Length} photos{OfModel}{store.Layout.Model}",
            store.Entries.Count - rows.Length,
            rows.Count(row => !store.Entries[row].Parts.HasFlag(RowParts.Image)),
            store
        )
        {
            Strangers = strangers?.Invoke(store) ?? 0,
        };
    }
}
