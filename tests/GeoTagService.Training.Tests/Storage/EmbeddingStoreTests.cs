using CsCheck;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Tests.Storage;

public sealed class EmbeddingStoreTests
{
    private static readonly StoreLayout Layout = new(StoreLayout.CurrentFormat, 4, StorePrecision.Fp32, "model", RowsPerShard: 5);

    [Theory]
    [InlineData(StorePrecision.Fp16)]
    [InlineData(StorePrecision.Fp32)]
    public void Rows_AreReadBackAcrossShardsAndAppends(StorePrecision precision)
    {
        using var folder = new Folder();
        for (var run = 0; run < 3; run++)
        {
            using var writer = EmbeddingStoreWriter.Open(folder.Root, Layout with { Precision = precision });
            Add(writer, run * 4, 4);
            writer.Commit();
        }

        using var store = EmbeddingStore.Open(folder.Root);

        Assert.Equal(Enumerable.Range(0, 12).Select(id => (long)id), store.Entries.Select(entry => entry.Id));
        AssertRows(store);
        Assert.Equal(3, Directory.GetFiles(folder.Root, "shard-*").Length);
    }

    [Fact]
    public void PhotoTwice_IsNotAddedAgain()
    {
        using var folder = new Folder();
        using (var writer = EmbeddingStoreWriter.Open(folder.Root, Layout))
        {
            Add(writer, 1, 2);
            Assert.False(writer.Add(new StoreEntry(1, RowParts.Image, 0, 0), new float[4], new float[4]));
            writer.Commit();
        }

        using var again = EmbeddingStoreWriter.Open(folder.Root, Layout);
        Assert.True(again.Contains(2));
        Assert.False(again.Add(new StoreEntry(2, RowParts.Image, 0, 0), new float[4], new float[4]));
    }

    [Fact]
    public void ImageThatCameLater_ReplacesTheRowWithoutOne()
    {
        using var folder = new Folder();
        using (var writer = EmbeddingStoreWriter.Open(folder.Root, Layout))
        {
            Add(writer, 0, 2);
            writer.Add(new StoreEntry(2, RowParts.Title | RowParts.PhotoMissing, 0, 0), [], Vector(-2));
            Add(writer, 3, 4);
            writer.Commit();
        }

        using (var writer = EmbeddingStoreWriter.Open(folder.Root, Layout))
        {
            Assert.Equal((7, 1), (writer.Photos, writer.PhotosWithoutImage));
            Assert.False(writer.Add(new StoreEntry(2, RowParts.Title | RowParts.PhotoUnreadable, 0, 0), [], Vector(-2)));
            Add(writer, 2, 1);
            Assert.False(writer.Add(new StoreEntry(2, RowParts.Image, 0, 0), new float[4], new float[4]));
            writer.Commit();
            Assert.Equal((7, 0), (writer.Photos, writer.PhotosWithoutImage));
        }

        using (var store = EmbeddingStore.Open(folder.Root))
        {
            Assert.Equal([0, 1, 3, 4, 5, 6, 2], store.Entries.Select(entry => entry.Id));
            AssertRows(store);
        }

        // The later row is lost with the end of its file: the earlier one counts again.
        Truncate(Path.Combine(folder.Root, StoreLayout.IndexName), 7 * StoreEntry.Size);
        using var before = EmbeddingStore.Open(folder.Root);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], before.Entries.Select(entry => entry.Id));
        Assert.Equal(RowParts.Title | RowParts.PhotoMissing, before.Entries[2].Parts);
    }

    [Fact]
    public void OtherModelOrLayout_IsRefusedAndNothingLost()
    {
        using var folder = new Folder();
        using (var writer = EmbeddingStoreWriter.Open(folder.Root, Layout))
        {
            Add(writer, 0, 1);
            writer.Commit();
        }

        var fault = Assert.Throws<StoreException>(() => EmbeddingStoreWriter.Open(folder.Root, Layout with { Model = "other" }));
        Assert.Contains("other", fault.Message, StringComparison.Ordinal);
        using var store = EmbeddingStore.Open(folder.Root);
        Assert.Single(store.Entries);
    }

    [Fact]
    public void SecondWriter_IsHeldOff()
    {
        using var folder = new Folder();
        using var writer = EmbeddingStoreWriter.Open(folder.Root, Layout);

        var fault = Assert.Throws<StoreException>(() => EmbeddingStoreWriter.Open(folder.Root, Layout));
        Assert.Contains("in use", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FilesCutAnywhere_LeaveAPrefixThatGoesOn() =>
        Gen.Select(Gen.Int[0, 12 * StoreEntry.Size], Gen.Int[0, 5 * 32])
            .Sample(
                cut =>
                {
                    var (index, shard) = cut;
                    using var folder = new Folder();
                    using (var writer = EmbeddingStoreWriter.Open(folder.Root, Layout))
                    {
                        Add(writer, 0, 12);
                        writer.Commit();
                    }

                    Truncate(Path.Combine(folder.Root, StoreLayout.IndexName), index);
                    Truncate(StoreLayout.ShardPath(folder.Root, 2), shard);
                    using (var writer = EmbeddingStoreWriter.Open(folder.Root, Layout))
                    {
                        Assert.InRange(writer.Rows, 0, index / StoreEntry.Size);
                        Add(writer, 0, 12);
                        writer.Commit();
                    }

                    using var store = EmbeddingStore.Open(folder.Root);
                    Assert.Equal(12, store.Entries.Count);
                    AssertRows(store);
                },
                iter: 60
            );

    [Fact]
    public void DamagedRowOrEntry_IsCutOffWithWhatFollows()
    {
        using var folder = new Folder();
        using (var writer = EmbeddingStoreWriter.Open(folder.Root, Layout))
        {
            Add(writer, 0, 12);
            writer.Commit();
        }

        Flip(StoreLayout.ShardPath(folder.Root, 1), 32 * 2);
        using (var store = EmbeddingStore.Open(folder.Root))
        {
            Assert.Equal(7, store.Entries.Count);
        }

        Flip(Path.Combine(folder.Root, StoreLayout.IndexName), (3 * StoreEntry.Size) + 1);
        using (var store = EmbeddingStore.Open(folder.Root))
        {
            Assert.Equal(3, store.Entries.Count);
        }
    }

    [Fact]
    public void DiskFullAtAnyByte_KeepsWhatWasCommittedAndGoesOn()
    {
        for (var room = 0; room < 400; room += 7)
        {
            using var folder = new Folder();
            var left = room + 96;
            using (
                var writer = EmbeddingStoreWriter.Open(folder.Root, Layout, path => new FullDisk(path, () => left, used => left -= used))
            )
            {
                var fault = Assert.Throws<StoreException>(() =>
                {
                    for (var id = 0; id < 40; id += 2)
                    {
                        Add(writer, id, 2);
                        writer.Commit();
                    }
                });
                Assert.Contains("No space left", fault.Message, StringComparison.Ordinal);
                left = int.MaxValue;
                Add(writer, 0, 40);
                writer.Commit();
            }

            using var store = EmbeddingStore.Open(folder.Root);
            Assert.Equal(40, store.Entries.Count);
            AssertRows(store);
        }
    }

    [Fact]
    public void Parts_AreReadAsOneStore()
    {
        using var folder = new Folder();
        for (var part = 0; part < 2; part++)
        {
            using var writer = EmbeddingStoreWriter.Open(Path.Combine(folder.Root, $"part-{part}-of-2"), Layout);
            Add(writer, part * 10, 6);
            writer.Commit();
        }

        using var store = EmbeddingStore.Open(folder.Root);

        Assert.Equal(12, store.Entries.Count);
        AssertRows(store);
    }

    [Fact]
    public void NoStore_SaysSo()
    {
        using var folder = new Folder();
        Assert.Contains(
            "holds no embeddings",
            Assert.Throws<StoreException>(() => EmbeddingStore.Open(folder.Root)).Message,
            StringComparison.Ordinal
        );
    }

    private static void Add(EmbeddingStoreWriter writer, int firstId, int count)
    {
        for (var id = firstId; id < firstId + count; id++)
        {
            writer.Add(new StoreEntry(id, RowParts.Image | RowParts.Title, id, -id), Vector(id), Vector(-id));
        }
    }

    private static float[] Vector(int id) => [id, id + 0.5f, id + 0.25f, 1];

    private static void AssertRows(EmbeddingStore store)
    {
        var rows = Enumerable.Range(0, store.Entries.Count).ToArray();
        var (images, titles) = (store.Images(rows), store.Titles(rows));
        var values = new float[4];
        foreach (var row in rows)
        {
            var id = (int)store.Entries[row].Id;
            images.CopyRow(row, values);
            Assert.Equal(Vector(id), values);
            titles.CopyRow(row, values);
            Assert.Equal(Vector(-id), values);
            Assert.Equal(id, store.Entries[row].Latitude);
        }
    }

    private static void Truncate(string path, int length)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(Math.Min(file.Length, length));
    }

    private static void Flip(string path, int at)
    {
        using var file = File.Open(path, FileMode.Open);
        file.Position = at;
        var value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ 0x40));
    }

    /// <summary>A file on a disk with so many bytes of room: what fits is written, then the write fails.</summary>
    private sealed class FullDisk(string path, Func<int> left, Action<int> use)
        : FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 0)
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            var fits = Math.Min(left(), count);
            base.Write(buffer, offset, fits);
            use(fits);
            if (fits < count)
            {
                throw new IOException("No space left on device");
            }
        }
    }

    private sealed class Folder : IDisposable
    {
        private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("geotag-store-");

        public string Root => _directory.FullName;

        public void Dispose() => _directory.Delete(recursive: true);
    }
}
