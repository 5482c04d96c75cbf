using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GeoTagService.Training.Storage;

/// <summary>How embeddings are kept.</summary>
public enum StorePrecision
{
    /// <summary>IEEE half: half the size, and 11 bits of mantissa, which heads do not tell from float32.</summary>
    Fp16,

    /// <summary>float32, as the encoder gave them.</summary>
    Fp32,
}

/// <summary><c>store.json</c>: what all rows of a store share.</summary>
/// <param name="Format">Version of the layout.</param>
/// <param name="Dimension">Length of an embedding.</param>
/// <param name="Precision">How its numbers are kept.</param>
/// <param name="Model">Digest of the bundle that made them: rows of two models do not mix.</param>
/// <param name="RowsPerShard">Rows of every shard but the last.</param>
public sealed record StoreLayout(int Format, int Dimension, StorePrecision Precision, string Model, int RowsPerShard)
{
    /// <summary>The version that this program reads and writes.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Name of the file.</summary>
    public const string FileName = "store.json";

    /// <summary>Name of the index.</summary>
    public const string IndexName = "index";

    /// <summary>Bytes of a row: the image's embedding, then the title's.</summary>
    [JsonIgnore]
    public int RowBytes => 2 * Dimension * ElementBytes;

    /// <summary>Bytes of a number.</summary>
    [JsonIgnore]
    public int ElementBytes => Precision == StorePrecision.Fp16 ? 2 : 4;

    /// <summary>Path of a shard.</summary>
    public static string ShardPath(string directory, int shard) => Path.Combine(directory, $"shard-{shard:D5}");

    /// <summary>Reads the layout of a store.</summary>
    /// <exception cref="StoreException">It is none, or of another version.</exception>
    public static StoreLayout Read(string directory)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            var layout = JsonSerializer.Deserialize(File.ReadAllBytes(path), StoreJson.Default.StoreLayout);
            return layout is { Format: CurrentFormat, Dimension: > 0, RowsPerShard: > 0 }
                ? layout
                : throw new StoreException($"{path} is of format {layout?.Format}; this program reads {CurrentFormat}");
        }
        catch (JsonException fault)
        {
            throw new StoreException($"{path} is damaged: {fault.Message}", fault);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StoreException($"{directory} holds no embeddings ({FileName} is missing)", fault);
        }
    }

    internal void Write(string directory) =>
        AtomicFile.Write(
            Path.Combine(directory, FileName),
            stream => JsonSerializer.Serialize(stream, this, StoreJson.Default.StoreLayout)
        );

    /// <summary>Writes the numbers of an embedding, or zeros where it is absent.</summary>
    internal void Encode(ReadOnlySpan<float> embedding, Span<byte> destination)
    {
        if (embedding.IsEmpty)
        {
            destination.Clear();
        }
        else if (Precision == StorePrecision.Fp32)
        {
            embedding.CopyTo(MemoryMarshal.Cast<byte, float>(destination));
        }
        else
        {
            System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(embedding, MemoryMarshal.Cast<byte, Half>(destination));
        }
    }

    /// <summary>Reads the numbers of an embedding.</summary>
    internal void Decode(ReadOnlySpan<byte> source, Span<float> embedding)
    {
        if (Precision == StorePrecision.Fp32)
        {
            MemoryMarshal.Cast<byte, float>(source).CopyTo(embedding);
        }
        else
        {
            System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), embedding);
        }
    }
}

/// <summary>A store that cannot be opened or written; the message says which and why.</summary>
public sealed class StoreException : IOException
{
    /// <summary>Creates the exception.</summary>
    public StoreException() { }

    /// <summary>Creates the exception.</summary>
    public StoreException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    public StoreException(string message, Exception innerException)
        : base(message, innerException) { }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(StoreLayout))]
internal sealed partial class StoreJson : JsonSerializerContext;
