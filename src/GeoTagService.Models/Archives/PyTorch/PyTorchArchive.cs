using GeoTagService.Models.Archives.Zip;

namespace GeoTagService.Models.Archives.PyTorch;

/// <summary>
/// Reads PyTorch's zip archives (since 1.6): <c>NAME/data.pkl</c> describes tensors, <c>NAME/data/12</c> holds their
/// bytes. A TorchScript archive has the same two, with a tree of modules in the pickle, and code that is not looked at.
/// </summary>
internal static class PyTorchArchive
{
    private const string Pickle = "data.pkl",
        Data = "data/",
        ByteOrder = "byteorder";

    public static StoredTensorArchive Open(WeightsFile file)
    {
        var entries = ZipDirectory.Read(file);
        var root = FindRoot(file, entries);
        CheckByteOrder(file, entries, root);
        try
        {
            var described = StateDictionary.Gather(PickleReader.Read(ReadSmall(file, entries[root + Pickle], PickleLimits.Bytes)));
            if (described.Count == 0)
            {
                throw file.Fail("the archive holds no tensors");
            }

            return new StoredTensorArchive(file, Resolve(file, entries, root, described));
        }
        catch (InvalidDataException exception)
        {
            throw new WeightsFormatException($"{Path.GetFileName(file.FilePath)}: {exception.Message}", exception);
        }
    }

    private static string FindRoot(WeightsFile file, IReadOnlyDictionary<string, ZipEntry> entries)
    {
        var roots = entries
            .Keys.Where(name => name.EndsWith("/" + Pickle, StringComparison.Ordinal) && name.Count(c => c == '/') == 1)
            .ToList();
        return roots.Count == 1
            ? roots[0][..^Pickle.Length]
            : throw file.Fail($"a PyTorch archive has one data.pkl, this zip has {roots.Count}");
    }

    private static void CheckByteOrder(WeightsFile file, IReadOnlyDictionary<string, ZipEntry> entries, string root)
    {
        if (entries.TryGetValue(root + ByteOrder, out var entry) && !ReadSmall(file, entry, 16).AsSpan().SequenceEqual("little"u8))
        {
            throw file.Fail("the tensors are big-endian, which is not read");
        }
    }

    private static byte[] ReadSmall(WeightsFile file, ZipEntry entry, int limit)
    {
        if (entry.Length > limit)
        {
            throw file.Fail($"the zip entry '{entry.Name}' has {entry.Length} bytes; at most {limit} are read");
        }

        var bytes = new byte[entry.Length];
        new ZipStorage(file, entry).Read(0, bytes);
        return bytes;
    }

    private static Dictionary<string, StoredTensor> Resolve(
        WeightsFile file,
        IReadOnlyDictionary<string, ZipEntry> entries,
        string root,
        IReadOnlyDictionary<string, PickleTensor> described
    )
    {
        var storages = new Dictionary<string, ZipStorage>(StringComparer.Ordinal);
        var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in described)
        {
            var (type, key, elements) = tensor.Storage;
            if (!storages.TryGetValue(key, out var storage))
            {
                storage = entries.TryGetValue(root + Data + key, out var entry)
                    ? new ZipStorage(file, entry)
                    : throw file.Fail($"tensor '{name}' lies in the storage {key}, which the archive lacks");
                storages.Add(key, storage);
            }

            var size = ElementTypes.SizeOf(type);
            if (elements < 0 || elements > storage.Length / size || elements * size != storage.Length)
            {
                throw file.Fail(
                    $"the storage {key} of tensor '{name}' claims {elements} elements of {size} bytes, but has {storage.Length} bytes"
                );
            }

            try
            {
                tensors.Add(name, StoredTensor.View(storage, type, tensor.Offset, tensor.Shape, tensor.Strides));
            }
            catch (InvalidDataException exception)
            {
                throw file.Fail($"tensor '{name}' {exception.Message}");
            }
        }

        return tensors;
    }
}
