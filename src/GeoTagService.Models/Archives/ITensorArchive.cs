namespace GeoTagService.Models.Archives;

/// <summary>
/// Named tensors of an opened weights file (.safetensors, PyTorch .pt / .pth / .bin), read lazily. Opening a file never
/// executes anything; whatever is not a tensor, a number, a string or a plain container is refused.
/// </summary>
public interface ITensorArchive : IDisposable
{
    /// <summary>Every tensor by its name in the file.</summary>
    IReadOnlyDictionary<string, ArchivedTensor> Tensors { get; }

    /// <summary>Reads a tensor, widened exactly to float32, row-major.</summary>
    /// <param name="name">Name in the file.</param>
    /// <param name="destination">Exactly as long as the tensor has elements.</param>
    void ReadFloat32(string name, Span<float> destination);
}

/// <summary>What an archive says of a tensor.</summary>
/// <param name="Name">Name in the file.</param>
/// <param name="DataType"><c>float32</c>, <c>float16</c>, <c>bfloat16</c>, <c>float64</c>, <c>int64</c> …</param>
/// <param name="Shape">Dimensions; empty for a scalar.</param>
public sealed record ArchivedTensor(string Name, string DataType, IReadOnlyList<long> Shape)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, dimension) => checked(product * dimension));
}
