using System.Text;

namespace GeoTagService.Core.Bundles;

/// <summary>An input or output of an ONNX model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimensions">Its dimensions; null for those that are known only at run time.</param>
public sealed record OnnxPort(string Name, IReadOnlyList<long?> Dimensions);

/// <summary>
/// What an ONNX file takes and gives, read from its protobuf without loading it: weights are passed over. Field numbers
/// are those of ONNX's onnx.proto.
/// </summary>
/// <param name="Inputs">Inputs in order, without initializers.</param>
/// <param name="Outputs">Outputs in order.</param>
public sealed record OnnxSignature(IReadOnlyList<OnnxPort> Inputs, IReadOnlyList<OnnxPort> Outputs)
{
    private const int ModelGraph = 7;
    private const int GraphInitializer = 5;
    private const int GraphInput = 11;
    private const int GraphOutput = 12;

    /// <summary>Reads the signature.</summary>
    /// <param name="stream">The file, seekable.</param>
    /// <exception cref="InvalidDataException">It is not a whole ONNX file.</exception>
    public static OnnxSignature Read(Stream stream)
    {
        var inputs = new List<OnnxPort>();
        var outputs = new List<OnnxPort>();
        var initializers = new HashSet<string>(StringComparer.Ordinal);
        var model = new ProtobufReader(stream, stream.Length);
        var graphs = 0;
        while (model.Next(out var field))
        {
            if (field != ModelGraph)
            {
                model.Skip();
                continue;
            }

            graphs++;
            var graph = model.Message();
            while (graph.Next(out field))
            {
                switch (field)
                {
                    case GraphInitializer:
                        initializers.Add(ReadName(graph.Message(), nameField: 8));
                        break;
                    case GraphInput:
                        inputs.Add(ReadPort(graph.Message()));
                        break;
                    case GraphOutput:
                        outputs.Add(ReadPort(graph.Message()));
                        break;
                    default:
                        graph.Skip();
                        break;
                }
            }
        }

        return graphs == 1
            ? new OnnxSignature([.. inputs.Where(input => !initializers.Contains(input.Name))], outputs)
            : throw new InvalidDataException("it holds no ONNX graph");
    }

    private static string ReadName(ProtobufReader message, int nameField)
    {
        var name = string.Empty;
        while (message.Next(out var field))
        {
            if (field == nameField)
            {
                name = message.String();
            }
            else
            {
                message.Skip();
            }
        }

        return name;
    }

    /// <summary>ValueInfoProto: name = 1, type = 2 → tensor_type = 1 → shape = 2 → dim = 1 → dim_value = 1.</summary>
    private static OnnxPort ReadPort(ProtobufReader message)
    {
        var name = string.Empty;
        var dimensions = new List<long?>();
        while (message.Next(out var field))
        {
            if (field == 1)
            {
                name = message.String();
            }
            else if (field == 2)
            {
                ReadDimensions(message.Message(), [1, 2, 1], dimensions);
            }
            else
            {
                message.Skip();
            }
        }

        return new OnnxPort(name, dimensions);
    }

    private static void ReadDimensions(ProtobufReader message, ReadOnlySpan<int> way, List<long?> dimensions)
    {
        if (way.IsEmpty)
        {
            long? size = null;
            while (message.Next(out var field))
            {
                if (field == 1)
                {
                    size = message.Int64();
                }
                else
                {
                    message.Skip();
                }
            }

            dimensions.Add(size);
            return;
        }

        while (message.Next(out var field))
        {
            if (field == way[0])
            {
                ReadDimensions(message.Message(), way[1..], dimensions);
            }
            else
            {
                message.Skip();
            }
        }
    }

    /// <summary>Walks the fields of one protobuf message inside a seekable stream.</summary>
    private sealed class ProtobufReader(Stream stream, long end)
    {
        private int _wireType;

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

        public long Int64() => _wireType == 0 ? (long)Varint() : throw Malformed();

        public string String()
        {
            var bytes = new byte[Length()];
            stream.ReadExactly(bytes);
            return Encoding.UTF8.GetString(bytes);
        }

        public ProtobufReader Message() => new(stream, Length() + stream.Position);

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
}
