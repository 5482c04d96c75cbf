using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text;
using GeoTagService.Core;
using GeoTagService.Core.Places;

namespace GeoTagService.Training.Storage;

/// <summary>
/// A store of embeddings to read: one directory, or one with a part for each <c>--shard i/N</c>. Shards are mapped, so
/// that the system decides how much of them is in memory. Safe for parallel reads.
/// </summary>
public sealed class EmbeddingStore : IDisposable
{
    private readonly List<Part> _parts = [];
    private readonly List<int> _rows = [];
    private int _rowsOfParts;

    private EmbeddingStore(StoreLayout layout) => Layout = layout;

    /// <summary>What all rows share.</summary>
    public StoreLayout Layout { get; }

    /// <summary>The photos; the methods call their places here rows.</summary>
    public List<StoreEntry> Entries { get; } = [];

    /// <summary>Photos that are cut off: writing was interrupted, or files were copied in part.</summary>
    public int Torn { get; private set; }

    /// <summary>Whether a directory is a store, whole or in parts.</summary>
    public static bool IsAt(string directory) =>
        File.Exists(Path.Combine(directory, StoreLayout.FileName))
        || (Directory.Exists(directory) && PartsOf(directory).Any(part => File.Exists(Path.Combine(part, StoreLayout.FileName))));

    /// <summary>Opens a store.</summary>
    /// <exception cref="StoreException">There is none, it is damaged, or its parts do not belong together.</exception>
    public static EmbeddingStore Open(string directory)
    {
        var isWhole = File.Exists(Path.Combine(directory, StoreLayout.FileName));
        var parts = isWhole || !Directory.Exists(directory) ? [directory] : PartsOf(directory).Order(StringComparer.Ordinal).ToArray();
        if (parts.Length == 0)
        {
            parts = [directory];
        }

        var store = new EmbeddingStore(StoreLayout.Read(parts[0]));
        try
        {
            var ids = new HashSet<long>();
            foreach (var part in parts)
            {
                store.Add(part, ids);
            }

            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Image embeddings of some rows, in their order.</summary>
    public FeatureMatrix Images(int[] rows) => new Matrix(this, rows, 0);

    /// <summary>Title embeddings of some rows, in their order.</summary>
    public FeatureMatrix Titles(int[] rows) => new Matrix(this, rows, Layout.Dimension * Layout.ElementBytes);

    /// <summary>Places of some rows: lat_norm, lon_norm; zeros outside the British grid, as in training.</summary>
    public FeatureMatrix Places(int[] rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var places = new float[rows.Length * LocationFeatures.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            var entry = Entries[rows[i]];
            (places[2 * i], places[(2 * i) + 1]) = entry.Parts.HasFlag(RowParts.PlaceElsewhere)
                ? default
                : (entry.Latitude, entry.Longitude);
        }

        return new SingleFeatureMatrix(places, LocationFeatures.Count);
    }

    /// <summary>Positions of some rows on either grid; null without a place. Stores of earlier versions know none outside the British
    /// grid.</summary>
    public GeoPosition?[] Positions(int[] rows) =>
        Array.ConvertAll(
            rows,
            row =>
                (Entries[row].Parts & (RowParts.Place | RowParts.PlaceElsewhere)) == RowParts.None
                    ? (GeoPosition?)null
                    : LocationFeatures.Decode(Entries[row].Latitude, Entries[row].Longitude)
        );

    /// <summary>Digest of all that the store holds: the layout, and each photo's number, place and embeddings, in their order.</summary>
    /// <returns>SHA-256, in hexadecimal.</returns>
    public string ContentDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Layout.Dimension} {Layout.Precision} {Layout.Model}"));
        Span<byte> entry = stackalloc byte[StoreEntry.Size];
        for (var i = 0; i < Entries.Count; i++)
        {
            Entries[i].Write(entry, 0);
            hash.AppendData(entry);
            hash.AppendData(Row(_rows[i]));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in _parts)
        {
            part.Dispose();
        }

        _parts.Clear();
    }

    private static string[] PartsOf(string directory) => Directory.GetDirectories(directory, "part-*");

    private void Add(string directory, HashSet<long> ids)
    {
        var layout = StoreLayout.Read(directory);
        if (layout with { RowsPerShard = Layout.RowsPerShard } != Layout)
        {
            throw new StoreException($"{directory} is of another model or layout than the parts beside it");
        }

        var entries = StoreIndex.ReadCommitted(directory, layout, out var torn);
        Torn += torn;
        _parts.Add(new Part(directory, layout, _rowsOfParts, entries.Count));
        for (var row = 0; row < entries.Count; row++)
        {
            if (entries[row].Parts.HasFlag(RowParts.Replaced))
            {
                continue;
            }

            if (!ids.Add(entries[row].Id))
            {
                throw new StoreException($"{directory} holds photo {entries[row].Id}, which another part holds too");
            }

            Entries.Add(entries[row]);
            _rows.Add(_rowsOfParts + row);
        }

        _rowsOfParts += entries.Count;
    }

    private ReadOnlySpan<byte> Row(int row)
    {
        var part = _parts[0];
        for (var i = 1; row >= part.First + part.Rows; i++)
        {
            part = _parts[i];
        }

        return part.Row(row - part.First);
    }

    private sealed class Matrix(EmbeddingStore store, int[] rows, int offset) : FeatureMatrix(rows.Length, store.Layout.Dimension)
    {
        public override void CopyRow(int row, Span<float> destination) =>
            store.Layout.Decode(
                store.Row(store._rows[rows[row]]).Slice(offset, store.Layout.Dimension * store.Layout.ElementBytes),
                destination
            );
    }

    /// <summary>The mapped shards of one directory.</summary>
    private sealed unsafe class Part : IDisposable
    {
        private readonly StoreLayout _layout;
        private readonly List<(MemoryMappedFile File, MemoryMappedViewAccessor View)> _views = [];
        private readonly List<nint> _shards = [];

        public Part(string directory, StoreLayout layout, int first, int rows)
        {
            _layout = layout;
            First = first;
            Rows = rows;
            for (var shard = 0; shard * (long)layout.RowsPerShard < rows; shard++)
            {
                var stream = new FileStream(StoreLayout.ShardPath(directory, shard), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                var file = MemoryMappedFile.CreateFromFile(
                    stream,
                    null,
                    0,
                    MemoryMappedFileAccess.Read,
                    HandleInheritability.None,
                    leaveOpen: false
                );
                var view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
                byte* pointer = null;
                view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
                _views.Add((file, view));
                _shards.Add((nint)(pointer + view.PointerOffset));
            }
        }

        public int First { get; }

        public int Rows { get; }

        public ReadOnlySpan<byte> Row(int row) =>
            new((byte*)_shards[row / _layout.RowsPerShard] + ((long)(row % _layout.RowsPerShard) * _layout.RowBytes), _layout.RowBytes);

        public void Dispose()
        {
            foreach (var (file, view) in _views)
            {
                view.SafeMemoryMappedViewHandle.ReleasePointer();
                view.Dispose();
                file.Dispose();
            }
        }
    }
}
