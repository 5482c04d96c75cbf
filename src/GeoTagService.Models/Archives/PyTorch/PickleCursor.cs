using System.Buffers.Binary;
using System.Text;

namespace GeoTagService.Models.Archives.PyTorch;

/// <summary>Reads a pickle's bytes in order; every read is checked against what is left.</summary>
internal ref struct PickleCursor(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);
    private ReadOnlySpan<byte> _rest = bytes;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>The one big-endian number of the format.</summary>
    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public void Skip(int count) => Take(count);

    public string Text(uint length) => Decode(Take(length));

    /// <summary>Text up to a line feed.</summary>
    public string Line()
    {
        var end = _rest.IndexOf((byte)'\n');
        if (end < 0)
        {
            throw new InvalidDataException("the pickle is cut short");
        }

        var text = Decode(_rest[..end]);
        _rest = _rest[(end + 1)..];
        return text;
    }

    /// <summary>A two's complement number of up to eight bytes.</summary>
    public long Long(byte length)
    {
        if (length > 8)
        {
            throw new InvalidDataException($"the pickle holds a number of {length} bytes");
        }

        long value = 0;
        var bytes = Take(length);
        for (var i = 0; i < length; i++)
        {
            value |= (long)bytes[i] << (8 * i);
        }

        var unused = 64 - (8 * length);
        return length == 0 ? 0 : value << unused >> unused;
    }

    private ReadOnlySpan<byte> Take(uint length)
    {
        if (length > _rest.Length)
        {
            throw new InvalidDataException("the pickle is cut short");
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private ReadOnlySpan<byte> Take(int length) => Take((uint)length);

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException("the pickle holds text that is not UTF-8");
        }
    }
}
