namespace GeoTagService.Training.Storage;

/// <summary>Reads the entries of a store that were committed: whole entries whose row lies whole in a shard.</summary>
internal static class StoreIndex
{
    // After a power cut the system may have kept an entry and lost its row; that concerns what was written last.
    private const int RowsChecked = 1024;

    /// <summary>The entries, one for each row. A photo may have further ones: its file came later, or it or its title was changed. All
    /// but the last are then marked as replaced.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="torn">Rows that something of the store speaks of and that are not whole.</param>
    public static List<StoreEntry> ReadCommitted(string directory, StoreLayout layout, out int torn)
    {
        var path = Path.Combine(directory, StoreLayout.IndexName);
        var bytes = File.Exists(path) ? ReadShared(path) : [];
        var entries = new List<StoreEntry>(bytes.Length / StoreEntry.Size);
        var checksums = new List<uint>(entries.Capacity);
        for (var at = 0; at + StoreEntry.Size <= bytes.Length; at += StoreEntry.Size)
        {
            if (!StoreEntry.TryRead(bytes.AsSpan(at, StoreEntry.Size), out var entry, out var checksum))
            {
                break;
            }

            entries.Add(entry);
            checksums.Add(checksum);
        }

        var whole = Math.Min(entries.Count, RowsOnDisk(directory, layout, entries.Count));
        whole = FirstBadRow(directory, layout, checksums, Math.Max(0, whole - RowsChecked), whole);
        var contents = new FileInfo(Path.Combine(directory, StoreContent.FileName));
        var spoken = Math.Max(bytes.Length / StoreEntry.Size, contents.Exists ? (int)(contents.Length / StoreContent.Length) : 0);
        torn = Math.Max(spoken, entries.Count) - whole;
        entries.RemoveRange(whole, entries.Count - whole);
        MarkReplaced(path, entries);
        return entries;
    }

    private static void MarkReplaced(string path, List<StoreEntry> entries)
    {
        var rows = new Dictionary<long, int>(entries.Count);
        for (var row = 0; row < entries.Count; row++)
        {
            var entry = entries[row];
            if (rows.TryAdd(entry.Id, row))
            {
                continue;
            }

            var first = entries[rows[entry.Id]];
            if (first.Parts.HasFlag(RowParts.Image) && !entry.Parts.HasFlag(RowParts.Image))
            {
                throw new StoreException($"{path} holds photo {entry.Id} twice: it was written by something else");
            }

            entries[rows[entry.Id]] = first with { Parts = RowParts.Replaced };
            rows[entry.Id] = row;
        }
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static int RowsOnDisk(string directory, StoreLayout layout, int atMost)
    {
        var rows = 0;
        for (var shard = 0; rows < atMost; shard++)
        {
            var file = new FileInfo(StoreLayout.ShardPath(directory, shard));
            var here = file.Exists ? (int)Math.Min(layout.RowsPerShard, file.Length / layout.RowBytes) : 0;
            rows += here;
            if (here < layout.RowsPerShard)
            {
                break;
            }
        }

        return rows;
    }

    private static int FirstBadRow(string directory, StoreLayout layout, List<uint> checksums, int from, int to)
    {
        var row = new byte[layout.RowBytes];
        for (var i = from; i < to; i++)
        {
            using var file = new FileStream(
                StoreLayout.ShardPath(directory, i / layout.RowsPerShard),
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite
            );
            file.Position = (long)(i % layout.RowsPerShard) * layout.RowBytes;
            file.ReadExactly(row);
            if (StoreEntry.Checksum(row) != checksums[i])
            {
                return i;
            }
        }

        return to;
    }
}
