using System.IO.MemoryMappedFiles;
using GeoTagService.Core.Places;
using GeoTagService.Training.Datasets;

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

    /// <summary>Whether a directory is a store, whole or in parts.</summary>
    public static bool IsAt(string directory) => File.Exists(Path.Combine(directory, StoreLayout.FileName))
        || (Directory.Exists(directory) && PartsOf(directory).Any(part => File.Exists(Path.Combine(part, StoreLayout.FileName))));

    /// <summary>Opens a store.</summary>
    /// <exception cref="StoreException">There is none, it is damaged, or its parts do not belong together.</exception>
    public static EmbeddingStore Open(string directory)
    {
        var isWhole = File.Exists(Path.Combine(directory, StoreLayout.FileName));
        var parts = isWhole || !Directory.Exists(directory)
            ? [directory]
            : PartsOf(directory).Order(StringComparer.Ordinal).ToArray();
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

    /// <summary>Places of some rows: lat_norm, lon_norm.</summary>
    public FeatureMatrix Places(int[] rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var places = new float[rows.Length * LocationFeatures.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            (places[2 * i], places[(2 * i) + 1]) = (Entries[rows[i]].Latitude, Entries[rows[i]].Longitude);
        }

        return new SingleFeatureMatrix(places, LocationFeatures.Count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in _parts)
        {
            part.Dispose();
        }
    }

    private static string[] PartsOf(string directory) => Directory.GetDirectories(directory, "part-*");

    private void Add(string directory, HashSet<long> ids)
    {
        var layout = StoreLayout.Read(directory);
        if (layout with { RowsPerShard = Layout.RowsPerShard } != Layout)
        {
            throw new StoreException($"{directory} is of another model or layout than the parts beside it");
        }

        var entries = StoreIndex.ReadCommitted(directory, layout);
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

    private sealed class Matrix(EmbeddingStore store, int[] rows, int offset)
        : FeatureMatrix(rows.Length, store.Layout.Dimension)
    {
        public override void CopyRow(int row, Span<float> destination) => store.Layout.Decode(
            store.Row(store._rows[rows[row]]).Slice(offset, store.Layout.Dimension * store.Layout.ElementBytes), destination);
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
                var stream = new FileStream(
                    StoreLayout.ShardPath(directory, shard), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                var file = MemoryMappedFile.CreateFromFile(
                    stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
                var view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
                byte* pointer = null;
                view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
                _views.Add((file, view));
                _shards.Add((nint)(pointer + view.PointerOffset));
            }
        }

        public int First { get; }

        public int Rows { get; }

        public ReadOnlySpan<byte> Row(int row) => new(
            (byte*)_shards[row / _layout.RowsPerShard] + ((long)(row % _layout.RowsPerShard) * _layout.RowBytes),
            _layout.RowBytes);

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
