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
    private readonly Dictionary<long, StoreContent> _contents = [];
    private readonly List<(StoreEntry Entry, StoreContent Content, byte[] Row)> _pending = [];
    private readonly FileStream _lock;
    private readonly Stream _index;
    private readonly Stream _contentFile;
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
            var entries = StoreIndex.ReadCommitted(directory, layout, out _);
            Know(entries);
            Rows = entries.Count;
            _index = open(Path.Combine(directory, StoreLayout.IndexName));
            _contentFile = open(Path.Combine(directory, StoreContent.FileName));
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
                    + $"{wanted.Dimension} in {wanted.Precision} of {wanted.Model}; choose another directory"
            );
    }

    /// <summary>Whether a photo is in the store already, committed or about to be.</summary>
    public bool Contains(long id) => _ids.Contains(id);

    /// <summary>Whether a photo is in the store and has no image embedding there.</summary>
    public bool LacksImage(long id) => _withoutImage.Contains(id);

    /// <summary>What a photo's row was made of; all 0 where there is no row, or it is not known.</summary>
    public StoreContent ContentOf(long id) => _contents.GetValueOrDefault(id);

    /// <summary>Adds a photo, an image to one that had none, or what a photo or a title is now that was changed; it counts after the next
    /// <see cref="Commit"/>.</summary>
    /// <param name="entry">What it is.</param>
    /// <param name="image">Its image embedding, or empty.</param>
    /// <param name="title">Its title embedding, or empty.</param>
    /// <param name="content">What these were made of.</param>
    /// <returns>False, and nothing is added, when the store has as much of the photo already.</returns>
    public bool Add(StoreEntry entry, ReadOnlySpan<float> image, ReadOnlySpan<float> title, StoreContent content = default)
    {
        var hasImage = entry.Parts.HasFlag(RowParts.Image);
        var lacksImage = _withoutImage.Contains(entry.Id);
        if (!_ids.Add(entry.Id) && !(hasImage && lacksImage) && !((hasImage || lacksImage) && content.IsOtherThan(ContentOf(entry.Id))))
        {
            return false;
        }

        _contents[entry.Id] = content;

        _ = hasImage ? _withoutImage.Remove(entry.Id) : _withoutImage.Add(entry.Id);

        var row = new byte[Layout.RowBytes];
        Layout.Encode(image, row.AsSpan(0, row.Length / 2));
        Layout.Encode(title, row.AsSpan(row.Length / 2));
        _pending.Add((entry, content, row));
        return true;
    }

    /// <summary>Writes what was added, to disk.</summary>
    /// <exception cref="StoreException">The disk is full or fails; the store holds what was committed before.</exception>
    public void Commit()
    {
        try
        {
            for (var from = 0; from < _pending.Count; )
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
                fault
            );
        }
    }

    /// <summary>Closes the store; what was not committed is dropped.</summary>
    public void Dispose()
    {
        _shard?.Dispose();
        _index?.Dispose();
        _contentFile?.Dispose();
        _lock.Dispose();
    }

    /// <summary>The system drops the lock with the process that holds it, however that ends.</summary>
    private static FileStream Lock(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
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
        var contents = new byte[count * StoreContent.Length];
        for (var i = 0; i < count; i++)
        {
            var (entry, content, row) = _pending[from + i];
            content.Write(contents.AsSpan(i * StoreContent.Length));
            row.CopyTo(rows, i * Layout.RowBytes);
            entry.Write(entries.AsSpan(i * StoreEntry.Size), StoreEntry.Checksum(row));
        }

        _shard!.Position = (long)(Rows % Layout.RowsPerShard) * Layout.RowBytes;
        Write(_shard, rows);
        _contentFile.Position = (long)Rows * StoreContent.Length;
        Write(_contentFile, contents);
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
        _contentFile.SetLength((long)Rows * StoreContent.Length);
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
        Know(StoreIndex.ReadCommitted(_directory, Layout, out _));
    }

    private void Know(List<StoreEntry> entries)
    {
        _ids.Clear();
        _withoutImage.Clear();
        _contents.Clear();
        var contents = StoreContent.ReadAll(_directory, entries.Count);
        for (var row = 0; row < entries.Count; row++)
        {
            var entry = entries[row];
            if (entry.Parts.HasFlag(RowParts.Replaced))
            {
                continue;
            }

            _ids.Add(entry.Id);
            _contents[entry.Id] = contents[row];
            if (!entry.Parts.HasFlag(RowParts.Image))
            {
                _withoutImage.Add(entry.Id);
            }
        }
    }
}
