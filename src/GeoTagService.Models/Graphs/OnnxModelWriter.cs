using System.Globalization;

namespace GeoTagService.Models.Graphs;

/// <summary>
/// Serialises an <see cref="OnnxGraphBuilder"/>. Field numbers are those of ONNX's published onnx.proto; only what a
/// model of ours holds is written.
/// </summary>
internal static class OnnxModelWriter
{
    /// <summary>A protobuf message may hold 2 GB; well before that, mapping the weights from a second file pays.</summary>
    public const long LargestSingleFile = 16L * 1024 * 1024;

    private const long SmallestExternalTensor = 64 * 1024;

    // ONNX Runtime maps external data page by page.
    private const long Alignment = 4096;

    public static byte[] ToBytes(OnnxGraphBuilder graph) => Model(graph, WriteInline).Written.ToArray();

    public static IReadOnlyList<string> Save(OnnxGraphBuilder graph, string path, long largestSingleFile)
    {
        if (graph.Weights.Sum(weight => weight.Bytes) <= largestSingleFile)
        {
            File.WriteAllBytes(path, ToBytes(graph));
            return [Path.GetFileName(path)];
        }

        var dataPath = path + ".data";
        var dataName = Path.GetFileName(dataPath);
        using (var data = new FileStream(dataPath, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            var model = Model(
                graph,
                (writer, weight) =>
                {
                    if (weight.Bytes < SmallestExternalTensor)
                    {
                        WriteInline(writer, weight);
                    }
                    else
                    {
                        WriteExternal(writer, weight, data, dataName);
                    }
                }
            );
            using var file = File.Create(path);
            file.Write(model.Written);
        }

        return [Path.GetFileName(path), dataName];
    }

    private static ProtobufWriter Model(OnnxGraphBuilder graph, Action<ProtobufWriter, OnnxWeight> writeData)
    {
        var model = new ProtobufWriter();
        model.Int64(1, IrVersion(graph.Opset));
        model.String(2, "GeoTagService");
        model.Message(7, writer => WriteGraph(writer, graph, writeData));
        model.Message(8, writer => WriteOpset(writer, string.Empty, graph.Opset));
        foreach (var domain in graph.Domains)
        {
            model.Message(8, writer => WriteOpset(writer, domain, 1));
        }

        return model;
    }

    /// <summary>The format version that came with each opset; older runtimes refuse newer numbers.</summary>
    private static int IrVersion(int opset) =>
        opset switch
        {
            <= 18 => 8,
            <= 20 => 9,
            <= 22 => 10,
            _ => 11,
        };

    private static void WriteOpset(ProtobufWriter writer, string domain, int version)
    {
        writer.String(1, domain);
        writer.Int64(2, version);
    }

    private static void WriteGraph(ProtobufWriter writer, OnnxGraphBuilder graph, Action<ProtobufWriter, OnnxWeight> writeData)
    {
        foreach (var node in graph.GraphNodes)
        {
            writer.Message(1, child => WriteNode(child, node, graph));
        }

        writer.String(2, graph.Name);
        foreach (var weight in graph.Weights)
        {
            writer.Message(
                5,
                child =>
                {
                    foreach (var dimension in weight.Dimensions)
                    {
                        child.Int64(1, dimension);
                    }

                    child.Int64(2, (long)weight.Type);
                    child.String(8, weight.Name);
                    writeData(child, weight);
                }
            );
        }

        foreach (var input in graph.Inputs)
        {
            writer.Message(11, child => WriteValueInfo(child, input));
        }

        foreach (var output in graph.Outputs)
        {
            writer.Message(12, child => WriteValueInfo(child, output));
        }
    }

    private static void WriteNode(ProtobufWriter writer, OnnxNode node, OnnxGraphBuilder graph)
    {
        foreach (var input in node.Inputs)
        {
            writer.String(1, graph.FinalName(input));
        }

        foreach (var output in node.Outputs)
        {
            writer.String(2, graph.FinalName(output));
        }

        writer.String(3, node.Outputs[0]);
        writer.String(4, node.Operation);
        foreach (var parameter in node.Parameters)
        {
            writer.Message(5, parameter.Write);
        }

        if (node.Domain.Length > 0)
        {
            writer.String(7, node.Domain);
        }
    }

    private static void WriteValueInfo(ProtobufWriter writer, OnnxValueInfo value)
    {
        writer.String(1, value.Name);
        writer.Message(
            2,
            type =>
                type.Message(
                    1,
                    tensor =>
                    {
                        tensor.Int64(1, (long)value.Type);
                        tensor.Message(
                            2,
                            shape =>
                            {
                                foreach (var dimension in value.Dimensions)
                                {
                                    shape.Message(1, child => WriteDimension(child, dimension));
                                }
                            }
                        );
                    }
                )
        );
    }

    private static void WriteDimension(ProtobufWriter writer, GraphDimension dimension)
    {
        if (dimension.Size is { } size)
        {
            writer.Int64(1, size);
        }
        else if (dimension.Symbol is { } symbol)
        {
            writer.String(2, symbol);
        }
    }

    private static void WriteInline(ProtobufWriter writer, OnnxWeight weight)
    {
        using var bytes = new MemoryStream(checked((int)weight.Bytes));
        weight.Write(bytes);
        CheckLength(weight, bytes.Length);
        writer.Bytes(9, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private static void WriteExternal(ProtobufWriter writer, OnnxWeight weight, FileStream data, string dataName)
    {
        var offset = (data.Position + Alignment - 1) / Alignment * Alignment;
        data.Write(new byte[offset - data.Position]);
        weight.Write(data);
        CheckLength(weight, data.Position - offset);
        Entry("location", dataName);
        Entry("offset", offset.ToString(CultureInfo.InvariantCulture));
        Entry("length", weight.Bytes.ToString(CultureInfo.InvariantCulture));
        writer.Int64(14, 1);

        void Entry(string key, string value) =>
            writer.Message(
                13,
                child =>
                {
                    child.String(1, key);
                    child.String(2, value);
                }
            );
    }

    private static void CheckLength(OnnxWeight weight, long written)
    {
        if (written != weight.Bytes)
        {
            throw new InvalidOperationException($"weight '{weight.Name}' is {weight.Bytes} bytes by its shape but {written} were written");
        }
    }
}
