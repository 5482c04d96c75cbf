using System.Text;

namespace GeoTagService.Core.Bundles;

/// <summary>Walks the fields of one protobuf message inside a seekable stream, as far as ONNX files need it. Everything that is
/// not whole ends in an <see cref="InvalidDataException"/>.</summary>
/// <param name="stream">The stream, at the message's first byte.</param>
/// <param name="end">Position behind its last byte.</param>
public sealed class ProtobufReader(Stream stream, long end)
{
    private int _wireType;

    /// <summary>Goes on to the next field; its value must be read or skipped.</summary>
    /// <param name="field">Its number.</param>
    /// <returns>False at the end of the message.</returns>
    public bool Next(out int field)
    {
        if (stream.Position >= end)
        {
            field = 0;
            return false;
        }

        var tag = Varint();
        _wireType = (int)(tag & 7);
        field = (int)(tag >> 3);
        return true;
    }

    /// <summary>The field as an integer.</summary>
    public long Number() => _wireType == 0 ? (long)Varint() : throw Malformed();

    /// <summary>The field as integers: one, or several packed.</summary>
    public IReadOnlyList<long> Numbers()
    {
        if (_wireType == 0)
        {
            return [Number()];
        }

        var numbers = new List<long>();
        for (var last = Length() + stream.Position; stream.Position < last; )
        {
            numbers.Add((long)Varint());
        }

        return numbers;
    }

    /// <summary>The field as text.</summary>
    public string Text()
    {
        var bytes = new byte[Length()];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Where the field's bytes lie in the stream; passes over them.</summary>
    public (long Offset, long Length) Extent()
    {
        var length = Length();
        var offset = stream.Position;
        Advance(length);
        return (offset, length);
    }

    /// <summary>The field as a message, to be read to its end before this one goes on.</summary>
    public ProtobufReader Message() => new(stream, Length() + stream.Position);

    /// <summary>Passes over the field.</summary>
    public void Skip()
    {
        switch (_wireType)
        {
            case 0:
                Varint();
                break;
            case 1:
                Advance(8);
                break;
            case 2:
                Advance(Length());
                break;
            case 5:
                Advance(4);
                break;
            default:
                throw Malformed();
        }
    }

    private static InvalidDataException Malformed() => new("it is not a whole ONNX file");

    private long Length()
    {
        var length = _wireType == 2 ? (long)Varint() : throw Malformed();
        return length >= 0 && length <= end - stream.Position ? length : throw Malformed();
    }

    private void Advance(long count)
    {
        if (count > end - stream.Position)
        {
            throw Malformed();
        }

        stream.Seek(count, SeekOrigin.Current);
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = stream.Position < end ? stream.ReadByte() : -1;
            if (next < 0)
            {
                throw Malformed();
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Malformed();
    }
}
