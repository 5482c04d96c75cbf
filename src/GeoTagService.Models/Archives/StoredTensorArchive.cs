using System.Collections.ObjectModel;

namespace GeoTagService.Models.Archives;

/// <summary>The archive that both readers end in: named, checked views into an open file.</summary>
internal sealed class StoredTensorArchive : ITensorArchive
{
    private readonly WeightsFile _file;
    private readonly IReadOnlyDictionary<string, StoredTensor> _stored;

    public StoredTensorArchive(WeightsFile file, IReadOnlyDictionary<string, StoredTensor> stored)
    {
        _file = file;
        _stored = stored;
        Tensors = new ReadOnlyDictionary<string, ArchivedTensor>(
            stored.ToDictionary(
                pair => pair.Key,
                pair => new ArchivedTensor(pair.Key, ElementTypes.NameOf(pair.Value.Type), pair.Value.Shape),
                StringComparer.Ordinal
            )
        );
    }

    public IReadOnlyDictionary<string, ArchivedTensor> Tensors { get; }

    public void ReadFloat32(string name, Span<float> destination)
    {
        if (!_stored.TryGetValue(name, out var tensor))
        {
            throw _file.Fail($"there is no tensor '{name}'");
        }

        if (Tensors[name].Elements != destination.Length)
        {
            throw new ArgumentException($"'{name}' has {Tensors[name].Elements} elements, not {destination.Length}", nameof(destination));
        }

        tensor.ReadFloat32(destination);
    }

    public void Dispose() => _file.Dispose();
}
