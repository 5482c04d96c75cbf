using System.Buffers.Binary;
using System.Text;

namespace GeoTagService.Testing.Archives;

/// <summary>Writes Python pickles opcode by opcode, the honest ones as PyTorch does and any other.</summary>
public sealed class PickleBuilder
{
    private readonly List<byte> _bytes = [];

    public PickleBuilder(int protocol = 2) => Raw(0x80, (byte)protocol);

    public byte[] ToArray() => [.. _bytes, (byte)'.'];

    public PickleBuilder Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleBuilder Op(char opcode) => Raw((byte)opcode);

    public PickleBuilder Mark() => Op('(');

    public PickleBuilder EmptyDictionary() => Op('}');

    public PickleBuilder SetItems() => Op('u');

    public PickleBuilder Build() => Op('b');

    public PickleBuilder Reduce() => Op('R');

    public PickleBuilder Put(byte slot) => Raw((byte)'q', slot);

    public PickleBuilder Get(byte slot) => Raw((byte)'h', slot);

    public PickleBuilder Global(string module, string name) => Raw(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

    public PickleBuilder Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Op('X');
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Raw(length).Raw(bytes);
    }

    public PickleBuilder Number(long number)
    {
        Raw(0x8A, 8);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Raw(bytes);
    }

    public PickleBuilder Numbers(IEnumerable<long> numbers)
    {
        Mark();
        foreach (var number in numbers)
        {
            Number(number);
        }

        return Op('t');
    }

    public PickleBuilder EmptyOrderedDictionary() => Global("collections", "OrderedDict").Op(')').Reduce();

    public PickleBuilder Storage(string type, string key, long elements, string device = "cpu") =>
        Mark().Text("storage").Global("torch", type).Text(key).Text(device).Number(elements).Op('t').Op('Q');

    public PickleBuilder Tensor(
        string storageType,
        string key,
        long storageElements,
        long offset,
        IEnumerable<long> shape,
        IEnumerable<long> strides
    )
    {
        Global("torch._utils", "_rebuild_tensor_v2").Mark().Storage(storageType, key, storageElements);
        return Number(offset).Numbers(shape).Numbers(strides).Raw(0x89).EmptyOrderedDictionary().Op('t').Reduce();
    }

    /// <summary>A new object of a TorchScript class, ready for its attributes.</summary>
    public PickleBuilder ScriptModule(string type) => Global("__torch__", type).Op(')').Raw(0x81);
}
