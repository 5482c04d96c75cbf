using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace GeoTagService.Models.Archives.PyTorch;

/// <summary>
/// Writes a state dict as <c>torch.save</c> does since PyTorch 1.6: a zip of <c>NAME/data.pkl</c>, which describes an ordered
/// dictionary of float32 tensors, and their bytes in <c>NAME/data/0</c> onwards, stored. The same tensors give the same bytes.
/// </summary>
public static class PyTorchWriter
{
    // Protocol 2, the one that torch.save writes and that its restricted loader reads.
    private const byte Protocol = 0x80,
        Version = 2,
        Global = (byte)'c',
        Mark = (byte)'(',
        TupleEnd = (byte)'t',
        EmptyTuple = (byte)')',
        Reduce = (byte)'R',
        Persistent = (byte)'Q',
        Unicode = (byte)'X',
        Integer = (byte)'J',
        False = 0x89,
        SetItems = (byte)'u',
        Stop = (byte)'.';

    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes a file's content.</summary>
    /// <param name="stream">Receives it; seekable.</param>
    /// <param name="name">Folder inside the archive; PyTorch uses the file's name without extension.</param>
    /// <param name="tensors">Name, shape and row-major values of each, in the order of the dictionary.</param>
    public static void Write(Stream stream, string name, IReadOnlyList<(string Name, IReadOnlyList<long> Shape, float[] Values)> tensors)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        Add(zip, $"{name}/data.pkl", Describe(tensors));
        Add(zip, $"{name}/byteorder", "little"u8);
        for (var i = 0; i < tensors.Count; i++)
        {
            Add(zip, $"{name}/data/{i}", MemoryMarshal.AsBytes<float>(tensors[i].Values));
        }

        Add(zip, $"{name}/version", "3\n"u8);
    }

    private static void Add(ZipArchive zip, string name, ReadOnlySpan<byte> content)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = Epoch;
        using var to = entry.Open();
        to.Write(content);
    }

    private static byte[] Describe(IReadOnlyList<(string Name, IReadOnlyList<long> Shape, float[] Values)> tensors)
    {
        using var pickle = new MemoryStream();
        pickle.Write([Protocol, Version]);
        OrderedDictionary(pickle);
        pickle.WriteByte(Mark);
        for (var i = 0; i < tensors.Count; i++)
        {
            var (name, shape, values) = tensors[i];
            if (shape.Aggregate(1L, (product, size) => product * size) != values.Length)
            {
                throw new ArgumentException(
                    $"'{name}' has {values.Length} values, its shape is [{string.Join(", ", shape)}]",
                    nameof(tensors)
                );
            }

            Text(pickle, name);
            Find(pickle, "torch._utils", "_rebuild_tensor_v2");
            pickle.WriteByte(Mark);
            pickle.WriteByte(Mark);
            Text(pickle, "storage");
            Find(pickle, "torch", "FloatStorage");
            Text(pickle, $"{i}");
            Text(pickle, "cpu");
            Number(pickle, values.Length);
            pickle.Write([TupleEnd, Persistent]);
            Number(pickle, 0);
            Numbers(pickle, shape);
            Numbers(pickle, Strides(shape));
            pickle.WriteByte(False);
            OrderedDictionary(pickle);
            pickle.Write([TupleEnd, Reduce]);
        }

        pickle.Write([SetItems, Stop]);
        return pickle.ToArray();
    }

    private static long[] Strides(IReadOnlyList<long> shape)
    {
        var strides = new long[shape.Count];
        var step = 1L;
        for (var i = shape.Count - 1; i >= 0; i--)
        {
            (strides[i], step) = (step, step * shape[i]);
        }

        return strides;
    }

    private static void OrderedDictionary(MemoryStream pickle)
    {
        Find(pickle, "collections", "OrderedDict");
        pickle.Write([EmptyTuple, Reduce]);
    }

    private static void Find(MemoryStream pickle, string module, string name)
    {
        pickle.WriteByte(Global);
        pickle.Write(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));
    }

    private static void Text(MemoryStream pickle, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        pickle.WriteByte(Unicode);
        Little(pickle, bytes.Length);
        pickle.Write(bytes);
    }

    private static void Numbers(MemoryStream pickle, IReadOnlyList<long> numbers)
    {
        pickle.WriteByte(Mark);
        foreach (var number in numbers)
        {
            Number(pickle, number);
        }

        pickle.WriteByte(TupleEnd);
    }

    private static void Number(MemoryStream pickle, long number)
    {
        pickle.WriteByte(Integer);
        Little(pickle, checked((int)number));
    }

    private static void Little(MemoryStream pickle, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        pickle.Write(bytes);
    }
}
