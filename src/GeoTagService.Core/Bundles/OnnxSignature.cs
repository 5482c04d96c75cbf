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
                name = message.Text();
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
                name = message.Text();
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
                    size = message.Number();
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
}
