namespace GeoTagService.Training.Storage;

/// <summary>
/// Appends photos to a store of embeddings. Rows go to the shard first, to disk, and count from the moment that their
/// entries stand in the index: a process that is killed, or a disk that is full, at any point leaves a store that holds
/// every committed photo once. Not safe for use from several threads; one writer at a time, held off by a lock.
/// </summary>
public sealed class EmbeddingStoreWriter : IDisposable
{
    private readonly string _directory;
    private readonly HashSet<long> _ids = [];
    private readonly HashSet<long> _withoutImage = [];
    private readonly Func<string, Stream> _open;
    private readonly List<(StoreEntry Entry, byte[] Row)> _pending = [];
    private readonly FileStream _lock;
    private readonly Stream _index;
    private Stream? _shard;
    private int _shardNumber = -1;

    private EmbeddingStoreWriter(string directory, StoreLayout layout, Func<string, Stream> open)
    {
        _directory = directory;
        _open = open;
        Layout = layout;
        _lock = Lock(directory);
        try
        {
            var entries = StoreIndex.ReadCommitted(directory, layout);
            Know(entries);
            Rows = entries.Count;
            _index = open(Path.Combine(directory, StoreLayout.IndexName));
            Cut();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What all rows share.</summary>
    public StoreLayout Layout { get; }

    /// <summary>Committed rows: one for each photo, and one for each that was replaced.</summary>
    public int Rows { get; private set; }

    /// <summary>Photos, committed or about to be.</summary>
    public int Photos => _ids.Count;

    /// <summary>Those of them without an image embedding.</summary>
    public int PhotosWithoutImage => _withoutImage.Count;

    /// <summary>Opens a store to append to, or makes one. What a killed process left half written is cut off.</summary>
    /// <param name="directory">Its directory.</param>
    /// <param name="wanted">The layout of a new store; an existing one must have the same dimension, precision and model.</param>
    /// <exception cref="StoreException">It is of another model or layout, or another process writes to it.</exception>
    public static EmbeddingStoreWriter Open(string directory, StoreLayout wanted) =>
        Open(directory, wanted, path => new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 0));

    internal static EmbeddingStoreWriter Open(string directory, StoreLayout wanted, Func<string, Stream> open)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        Directory.CreateDirectory(directory);
        if (!File.Exists(Path.Combine(directory, StoreLayout.FileName)))
        {
            wanted.Write(directory);
        }

        var layout = StoreLayout.Read(directory);
        return layout with { RowsPerShard = wanted.RowsPerShard } == wanted
            ? new EmbeddingStoreWriter(directory, layout, open)
            : throw new StoreException(
                $"{directory} holds {layout.Dimension} numbers in {layout.Precision} of model {layout.Model}, not "
                + $"{wanted.Dimension} in {wanted.Precision} of {wanted.Model}; choose another directory");
    }

    /// <summary>Whether a photo is in the store already, committed or about to be.</summary>
    public bool Contains(long id) => _ids.Contains(id);

    /// <summary>Whether a photo is in the store and has no image embedding there.</summary>
    public bool LacksImage(long id) => _withoutImage.Contains(id);

    /// <summary>Adds a photo, or an image to one that had none; it counts after the next <see cref="Commit"/>.</summary>
    /// <param name="entry">What it is.</param>
    /// <param name="image">Its image embedding, or empty.</param>
    /// <param name="title">Its title embedding, or empty.</param>
    /// <returns>False, and nothing is added, when the store has as much of the photo already.</returns>
    public bool Add(StoreEntry entry, ReadOnlySpan<float> image, ReadOnlySpan<float> title)
    {
        var hasImage = entry.Parts.HasFlag(RowParts.Image);
        if (!_ids.Add(entry.Id) && !(hasImage && _withoutImage.Contains(entry.Id)))
        {
            return false;
        }

        _ = hasImage ? _withoutImage.Remove(entry.Id) : _withoutImage.Add(entry.Id);

        var row = new byte[Layout.RowBytes];
        Layout.Encode(image, row.AsSpan(0, row.Length / 2));
        Layout.Encode(title, row.AsSpan(row.Length / 2));
        _pending.Add((entry, row));
        return true;
    }

    /// <summary>Writes what was added, to disk.</summary>
    /// <exception cref="StoreException">The disk is full or fails; the store holds what was committed before.</exception>
    public void Commit()
    {
        try
        {
            for (var from = 0; from < _pending.Count;)
            {
                var here = Math.Min(_pending.Count - from, Layout.RowsPerShard - (Rows % Layout.RowsPerShard));
                CommitToShard(from, here);
                from += here;
            }

            _pending.Clear();
        }
        catch (Exception fault) when (fault is IOException or ArgumentOutOfRangeException)
        {
            // A file beyond the largest size that the system or a user's limit allows is an ArgumentOutOfRangeException.
            Drop();
            throw new StoreException(
                $"{_directory} cannot be written: {fault.Message.TrimEnd('.')}. The {Rows} photos before are kept; the same command goes on from there.",
                fault);
        }
    }

    /// <summary>Closes the store; what was not committed is dropped.</summary>
    public void Dispose()
    {
        _shard?.Dispose();
        _index?.Dispose();
        _lock.Dispose();
    }

    /// <summary>The system drops the lock with the process that holds it, however that ends.</summary>
    private static FileStream Lock(string directory)
    {
        try
        {
            return new FileStream(
                Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault)
        {
            throw new StoreException($"{directory} is in use: another process writes to it", fault);
        }
    }

    private void CommitToShard(int from, int count)
    {
        OpenShard(Rows / Layout.RowsPerShard);
        var entries = new byte[count * StoreEntry.Size];
        var rows = new byte[count * Layout.RowBytes];
        for (var i = 0; i < count; i++)
        {
            var (entry, row) = _pending[from + i];
            row.CopyTo(rows, i * Layout.RowBytes);
            entry.Write(entries.AsSpan(i * StoreEntry.Size), StoreEntry.Checksum(row));
        }

        _shard!.Position = (long)(Rows % Layout.RowsPerShard) * Layout.RowBytes;
        Write(_shard, rows);
        _index.Position = (long)Rows * StoreEntry.Size;
        Write(_index, entries);
        Rows += count;
    }

    private static void Write(Stream stream, byte[] bytes)
    {
        stream.Write(bytes);
        if (stream is FileStream file)
        {
            file.Flush(flushToDisk: true);
        }
        else
        {
            stream.Flush();
        }
    }

    private void OpenShard(int number)
    {
        if (_shardNumber != number)
        {
            _shard?.Dispose();
            _shard = _open(StoreLayout.ShardPath(_directory, number));
            _shardNumber = number;
        }
    }

    /// <summary>Cuts off what stands behind the committed rows.</summary>
    private void Cut()
    {
        _index.SetLength((long)Rows * StoreEntry.Size);
        var shard = Rows / Layout.RowsPerShard;
        if (File.Exists(StoreLayout.ShardPath(_directory, shard)))
        {
            OpenShard(shard);
            _shard!.SetLength((long)(Rows % Layout.RowsPerShard) * Layout.RowBytes);
        }
    }

    private void Drop()
    {
        // Rows of this commit that reached the index before the fault are counted and stay.
        _pending.Clear();
        Cut();
        Know(StoreIndex.ReadCommitted(_directory, Layout));
    }

    private void Know(IEnumerable<StoreEntry> entries)
    {
        _ids.Clear();
        _withoutImage.Clear();
        foreach (var entry in entries.Where(entry => !entry.Parts.HasFlag(RowParts.Replaced)))
        {
            _ids.Add(entry.Id);
            if (!entry.Parts.HasFlag(RowParts.Image))
            {
                _withoutImage.Add(entry.Id);
            }
        }
    }
}
